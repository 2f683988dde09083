//! What papers say: who issues them, days in words, minutes of an inspection. Pure.

use chrono::{Datelike, NaiveDate};
use serde_json::{Value, json};

use crate::party::Body;
use crate::point::Point;
use crate::rule::CriteriaSet;
use crate::text::{Tongue, date_vi};

/// What stands where an authority has to fill in something: it is never made up.
pub const OPEN: &str = "……";

/// In whose name a paper goes out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Issuer {
    /// Full name.
    pub name: String,
    /// As sentences call it.
    pub short: String,
    /// The body above, if its name is printed.
    pub parent: String,
    /// Where papers are dated.
    pub place: String,
    /// Acts as a committee (TM.).
    pub is_committee: bool,
}

impl Issuer {
    /// From a body, the one above it, and the name of the place where it sits.
    pub fn of(body: &Body, parent: Option<&Body>, place: &str) -> Issuer {
        let is_committee = body.kind == "people_committee";
        let name = match body.name.strip_prefix("UBND ") {
            Some(unit) => format!("Ủy ban nhân dân {unit}"),
            None => body.name.clone(),
        };
        let parent = match parent {
            // papers of a committee name no body above it
            Some(parent) if !is_committee => parent.name.replace("Ủy ban nhân dân", "UBND"),
            _ => String::new(),
        };
        let short = if is_committee || body.short.is_empty() { name.clone() } else { body.short.clone() };
        Issuer { name, short, parent, place: place.to_owned(), is_committee }
    }

    /// The head of a paper. Number and day that nobody has given yet stay open.
    pub fn head(&self, number: &str, on: Option<NaiveDate>) -> Value {
        let issuer = match (self.name.is_empty(), self.parent.is_empty()) {
            (true, _) => OPEN,
            (_, true) => &self.name,
            _ => &self.short,
        };
        let place = if self.place.is_empty() { OPEN } else { &self.place };
        json!({"parent": self.parent, "issuer": issuer, "number": number, "place": place, "date": on.map(|day| json!([day.year(), day.month(), day.day()]))})
    }

    /// Who signs: only what is certain of the title; the rest stays open.
    pub fn signer(&self) -> Value {
        let lines: &[&str] = if self.is_committee { &["TM. Ủy ban nhân dân"] } else { &[] };
        json!({"lines": lines, "titled": false, "hint": "", "name": ""})
    }

    /// Name for the document's properties.
    pub fn author(&self) -> &str {
        if self.name.is_empty() { "OCOP" } else { &self.name }
    }
}

/// One of several who sign a form by hand.
pub fn hand(title: &str) -> Value {
    json!({"lines": [title], "hint": "(Ký, ghi rõ họ tên)", "name": ""})
}

/// "ngày 05 tháng 01 năm 2026": days below ten and the first two months take a nought.
pub fn day_words(day: NaiveDate) -> String {
    let month = if day.month() < 3 { format!("{:02}", day.month()) } else { day.month().to_string() };
    format!("ngày {:02} tháng {month} năm {}", day.day(), day.year())
}

/// A row of a list of facts.
pub fn fact(label: &str, value: impl Into<String>) -> Value {
    json!([label, value.into()])
}

/// A row to be filled by hand.
pub fn open_fact(label: &str) -> Value {
    json!([label, null])
}

/// "Thôn 5, xã Bát Tràng; Xã Bát Tràng": address as printed, and the unit when the address does not name it.
pub fn place(address: &str, unit: &str) -> String {
    let named = |text: &str| crate::text::fold(address).contains(&crate::text::fold(text));
    match (address.is_empty(), unit.is_empty() || named(unit)) {
        (true, _) => unit.to_owned(),
        (false, true) => address.to_owned(),
        (false, false) => format!("{address}; {unit}"),
    }
}

/// "Quyết định số 950/QĐ-BCT ngày 18/4/2023 của Bộ Công Thương; …": sentences in which only numbers may strike out.
pub fn law(sets: &[CriteriaSet]) -> Vec<Value> {
    let mut runs = Vec::new();
    for (at, set) in sets.iter().enumerate() {
        if at > 0 {
            runs.push(json!("; "));
        }
        match &set.instrument {
            Some(paper) => {
                let mut kind = paper.kind.chars();
                let kind: String = kind.next().map(|first| first.to_uppercase().chain(kind).collect()).unwrap_or_default();
                runs.push(json!(format!("{kind} số ")));
                runs.push(json!({"number": paper.number}));
                let on = paper.issued_on.map(|day| format!(" ngày {}", date_vi(day))).unwrap_or_default();
                let by = if paper.issuer.is_empty() { String::new() } else { format!(" của {}", paper.issuer) };
                runs.push(json!(format!("{on}{by}")));
            }
            None => runs.push(json!(set.title)),
        }
    }
    runs
}

/// A number without what its paper strikes out, for titles and names of files.
pub fn plain_number(number: &str) -> String {
    number.split("~~").step_by(2).collect()
}

/// Recipients without repetition, the file copy last.
pub fn recipients(names: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut all = vec!["Như trên".to_owned()];
    for name in names.into_iter().filter(|name| !name.is_empty()) {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all.push(format!("Lưu: VT, {OPEN}"));
    all
}

/// Minutes of an inspection, as far as they are known; whoever inspects fills this and calls [`super::inspection`].
#[derive(Clone, Debug)]
pub struct InspectionPaper {
    /// The point.
    pub point: Point,
    /// Its unit in words.
    pub unit: String,
    /// Name of its operator.
    pub operator: String,
    /// Day of the visit.
    pub visited_on: NaiveDate,
    /// `yes`, `no` or `unclear`.
    pub running: String,
    /// Who inspected: names and bodies, one a line.
    pub team: String,
    /// What else was remarked.
    pub note: String,
    /// The criteria sets that were gone through again.
    pub sets: Vec<CriteriaSet>,
    /// Criteria gone through again.
    pub answers: Vec<InspectionAnswer>,
    /// What has to be put right.
    pub findings: Vec<InspectionFinding>,
    /// How many products of the shelf were looked at; none: the shelf was not inspected.
    pub looked: usize,
    /// What was wrong with the shelf: kind, product, what becomes of it.
    pub shelf: Vec<(String, String, String)>,
    /// Pictures taken: what they show, how many.
    pub photos: Vec<(String, usize)>,
}

/// A criterion gone through again.
#[derive(Clone, Debug)]
pub struct InspectionAnswer {
    /// Its number in the set.
    pub id: String,
    /// Its wording.
    pub text: String,
    /// The verdict in words.
    pub verdict: String,
    /// What was remarked.
    pub note: String,
}

/// Something that has to be put right.
#[derive(Clone, Debug)]
pub struct InspectionFinding {
    /// What.
    pub what: String,
    /// By when.
    pub fix_by: Option<NaiveDate>,
}

impl InspectionPaper {
    /// Values of the template.
    pub fn data(&self, issuer: &Issuer) -> Value {
        let point = &self.point;
        let at = place(&point.address, &self.unit);
        let words = day_words(self.visited_on);
        let mut facts = vec![fact("Tên điểm", format!("{} ({})", point.name, point.code)), fact("Địa chỉ", at.clone())];
        facts.push(if self.operator.is_empty() {
            open_fact("Đơn vị vận hành")
        } else {
            fact("Đơn vị vận hành", self.operator.clone())
        });
        if let Some(day) = point.opened() {
            facts.push(fact("Khai trương", day.shown(Tongue::Vi)));
        }
        json!({
            "title": format!("Biên bản kiểm tra {}", point.name), "author": issuer.author(), "sample": point.demo,
            "head": issuer.head(&format!("Số: {OPEN}/BB-{OPEN}"), Some(self.visited_on)),
            "name": "Biên bản", "about": "Kiểm tra hoạt động Điểm giới thiệu và bán sản phẩm OCOP",
            "opening": format!("{}, tại {}{}, đoàn kiểm tra đã kiểm tra hoạt động của điểm.", words.replacen("ngày", "Ngày", 1), point.name, if at.is_empty() { String::new() } else { format!(", {at}") }),
            "present": [["1. Đoàn kiểm tra", self.team], ["2. Đại diện cơ sở", ""]],
            "facts": facts,
            "running": match self.running.as_str() { "yes" => "đang hoạt động", "no" => "không hoạt động", _ => "chưa xác định được" },
            "basis": law(&self.sets),
            "answers": self.answers.iter().map(|row| json!({"id": row.id, "text": row.text, "verdict": row.verdict, "note": row.note})).collect::<Vec<_>>(),
            "findings": self.findings.iter().map(|row| json!({"what": row.what, "fix_by": row.fix_by.map(date_vi).unwrap_or_default()})).collect::<Vec<_>>(),
            "looked": self.looked,
            "shelf": self.shelf.iter().map(|(kind, product, what)| json!({"kind": kind, "product": product, "what": what})).collect::<Vec<_>>(),
            "photos": self.photos.iter().map(|(caption, number)| json!({"caption": caption, "number": number})).collect::<Vec<_>>(),
            "photo_sum": self.photos.iter().map(|(_, number)| number).sum::<usize>(),
            "note": self.note,
            "ending": "Biên bản đã được đọc lại cho những người có mặt cùng nghe, thống nhất và ký tên dưới đây./.",
            "signers": [hand("Đại diện cơ sở"), hand("Người ghi biên bản"), hand("Đại diện đoàn kiểm tra")],
        })
    }
}
