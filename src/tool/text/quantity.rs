//! Quantities as Vietnamese papers write them: the dot parts thousands, the comma decimals.

/// Reads a quantity (m², đồng, pieces), and whether it could be meant otherwise: `1.200` is 1200 and `120,5` is 120.5;
/// `1,200` is read as 1200 and `120.5` as 120.5, with doubt about the first.
pub fn quantity(typed: &str) -> Option<(f64, bool)> {
    let bare: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    if bare.is_empty() || !bare.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',')) {
        return None;
    }
    let (dots, commas) = (bare.matches('.').count(), bare.matches(',').count());
    let last = |mark: char| bare.rsplit(mark).next().map_or(0, str::len);
    let (thousands, decimals, is_doubtful) = match (dots, commas) {
        (0, 0) => return bare.parse().ok().map(|value| (value, false)),
        // both: the last one parts decimals
        (1.., 1) if bare.rfind(',') > bare.rfind('.') => ('.', Some(','), false),
        (1, 1..) => (',', Some('.'), false),
        (1, 0) if last('.') != 3 || bare.starts_with("0.") => (',', Some('.'), false),
        (_, 0) => ('.', None, false),
        (0, 1) if last(',') != 3 || bare.starts_with("0,") => ('.', Some(','), false),
        (0, 1) => (',', None, true),
        (0, _) => (',', None, false),
        _ => return None,
    };
    let (whole, part) = match decimals.and_then(|mark| bare.split_once(mark)) {
        Some((whole, part)) => (whole, part),
        None => (bare.as_str(), ""),
    };
    let groups: Vec<&str> = whole.split(thousands).collect();
    let fits = groups.len() == 1 || (1..=3).contains(&groups[0].len()) && groups[1..].iter().all(|group| group.len() == 3);
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !fits || !groups.iter().all(|group| plain(group) && !group.is_empty()) || !plain(part) || (decimals.is_some() && part.is_empty()) {
        return None;
    }
    format!("{}.{part}0", groups.concat()).parse().ok().map(|value| (value, is_doubtful))
}

/// A number as Vietnamese papers print it: "1.234,5", with at most four decimals.
pub fn decimal_vi(value: f64) -> String {
    let text = format!("{:.4}", value.abs());
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let whole = super::dong(whole.parse().unwrap_or(i64::MAX));
    let whole = whole.trim_end_matches(" đ");
    let sign = if value < 0.0 { "-" } else { "" };
    match part.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        part => format!("{sign}{whole},{part}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{decimal_vi, quantity};

    #[test]
    fn quantities_are_read_as_vietnamese_papers_write_them() {
        for (typed, value) in [
            ("45", 45.0),
            ("1.200", 1200.0),
            ("1.250.000", 1_250_000.0),
            ("120,5", 120.5),
            ("120.5", 120.5),
            ("1.234,5", 1234.5),
            ("1,234.5", 1234.5),
            ("1,250,000", 1_250_000.0),
            ("0,125", 0.125),
            ("0.125", 0.125),
            ("45.1250", 45.125),
            ("1 200", 1200.0),
            ("12,50", 12.5),
        ] {
            assert_eq!(quantity(typed), Some((value, false)), "{typed}");
        }
        assert_eq!(quantity("1,200"), Some((1200.0, true)));
        for typed in ["", "-5", "1.2.3", "1,2,3", "12.", ",5", "1.200.00", "a", "1e3", "5 m²", "1.2345.678", "1,234.567.890"] {
            assert_eq!(quantity(typed), None, "{typed}");
        }
    }

    #[test]
    fn numbers_are_shown_as_they_are_read() {
        for (value, shown) in [(1234.5, "1.234,5"), (0.125, "0,125"), (45.0, "45"), (-3.25, "-3,25")] {
            assert_eq!(decimal_vi(value), shown);
        }
    }
}
