//! Small sentences of the public pages that depend on numbers, places and days. Pure.

use chrono::NaiveDate;

use crate::region::{Level, Region, Unit};
use crate::text::{self, Tongue};

/// "phường Hà Đông", "Hà Đông ward"; with "(cũ)" or "(former)" when the unit is no longer.
pub fn unit(unit: &Unit, on: NaiveDate, lang: Tongue) -> String {
    let name = name(unit, lang);
    if unit.is_valid(on) { name } else { format!("{name} ({})", lang.pick("cũ", "former")) }
}

fn name(unit: &Unit, lang: Tongue) -> String {
    match lang {
        Tongue::Vi => lower_first(&unit.full_name),
        Tongue::En => {
            let kind = match unit.kind.as_str() {
                "phuong" => " ward",
                "xa" => " commune",
                "thi_tran" => " township",
                "thi_xa" => " town",
                "quan" => " urban district",
                "huyen" => " district",
                _ => "",
            };
            format!("{}{kind}", unit.name)
        }
    }
}

/// What an address as printed does not tell: today's commune, or that it is not known.
/// Empty when the address already names the unit of today.
pub fn place(region: &Region, unit_id: Option<&str>, unit_today: Option<&str>, address: &str, on: NaiveDate, lang: Tongue) -> String {
    let recorded = unit_id.and_then(|id| region.get(id));
    match (recorded, unit_today.and_then(|id| region.get(id))) {
        (recorded, Some(now)) if recorded.is_none_or(|recorded| recorded.id == now.id) => {
            let said = text::fold(address).contains(&text::fold(&now.full_name));
            if said { String::new() } else { unit(now, on, lang) }
        }
        (_, Some(now)) => format!("{} {}", lang.pick("nay thuộc", "now in"), unit(now, on, lang)),
        (Some(recorded), None) => {
            let unclear = lang.pick("chưa rõ phường, xã mới", "new commune not yet known");
            let named = text::fold(address).contains(&recorded.name_fold);
            if named || recorded.level == Level::Province { unclear.to_owned() } else { format!("{}; {unclear}", unit(recorded, on, lang)) }
        }
        (None, None) => lang.pick("chưa rõ phường, xã", "commune not known").to_owned(),
    }
}

/// Where goods come from: another province or country, else their unit as [`place`] says it.
pub fn source(region: &Region, origin: &str, unit_id: Option<&str>, unit_today: Option<&str>, on: NaiveDate, lang: Tongue) -> String {
    if origin.is_empty() {
        place(region, unit_id, unit_today, "", on, lang)
    } else {
        format!("{} {origin}", lang.pick("xuất xứ", "from"))
    }
}

/// The whole place on a point's own page: recorded unit and today's.
pub fn whole_place(region: &Region, unit_id: Option<&str>, unit_today: Option<&str>, on: NaiveDate, lang: Tongue) -> String {
    let now = unit_today.and_then(|id| region.get(id)).map(|now| unit(now, on, lang));
    let old = unit_id.filter(|id| Some(*id) != unit_today).and_then(|id| region.get(id));
    let old = old.map(|old| match old.parent_id.as_deref().and_then(|id| region.get(id)).filter(|above| above.level == Level::District) {
        Some(above) => format!("{}, {}", name(old, lang), name(above, lang)),
        None => name(old, lang),
    });
    let sentence = match (now, old) {
        (Some(now), None) => now,
        (Some(now), Some(old)) => format!("{now} – {}: {old}", lang.pick("trước đây", "before")),
        (None, Some(old)) => {
            format!("{old} ({}); {}", lang.pick("cũ", "former"), lang.pick("chưa rõ phường, xã mới", "new commune not yet known"))
        }
        (None, None) => lang.pick("chưa rõ phường, xã", "commune not known").to_owned(),
    };
    upper_first(&sentence)
}

/// "1.250" in Vietnamese, "1,250" in English.
pub fn number(n: i64, lang: Tongue) -> String {
    let digits = n.abs().to_string();
    let mark = match lang {
        Tongue::Vi => '.',
        Tongue::En => ',',
    };
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(mark);
        }
        out.push(digit);
    }
    if n < 0 { format!("-{out}") } else { out }
}

/// "350 m", "1,2 km" from millimetres.
pub fn distance(millimetres: i64, lang: Tongue) -> String {
    let metres = millimetres / 1000;
    match metres {
        0..1_000 => format!("{} m", metres / 10 * 10),
        1_000..100_000 => format!("{:.1} km", metres as f64 / 1000.0).replace('.', lang.pick(",", ".")),
        _ => format!("{} km", number(metres / 1000, lang)),
    }
}

/// JSON for a script element: `<` cannot end it.
pub fn script_json(value: &serde_json::Value) -> String {
    value.to_string().replace('<', "\\u003c")
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

/// The text with its first letter in upper case.
pub fn upper_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
