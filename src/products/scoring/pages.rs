//! The sheets on screen: which there are, one as a whole, and the record of its comparison with the gazette.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::books::{self, Family};
use super::mark;
use super::sheet::{Answer, Asked, Criterion, Sheet};
use super::store::{self, Check};
use crate::access::{Act, Need, Routes};
use crate::clock::new_id;
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Choice, Errors, Form, Sent, Shell, Visit, go, html, once};
use crate::text::Tongue;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/phieu-danh-gia", Need::SignedIn, list).get("/phieu-danh-gia/{set}", Need::SignedIn, show).post(
        "/phieu-danh-gia/{set}/doi-chieu",
        Need::May(Act::CompareSheets),
        compare,
    )
}

/// How a sheet stands to the gazette.
#[derive(Clone, Debug)]
pub enum Standing {
    /// Nobody compared this wording yet.
    Open,
    /// It says what the gazette says.
    Same(Check),
    /// It does not.
    Differs(Check),
}

impl Standing {
    fn of(sheet: &Sheet, latest: Option<Check>) -> Standing {
        match latest {
            Some(check) if check.digest == sheet.digest => {
                if check.is_same() {
                    Standing::Same(check)
                } else {
                    Standing::Differs(check)
                }
            }
            _ => Standing::Open,
        }
    }

    /// Tone and words of its chip.
    fn chip(&self) -> (&'static str, &'static str) {
        match self {
            Standing::Open => ("warn", "chưa đối chiếu"),
            Standing::Same(_) => ("ok", "đã đối chiếu"),
            Standing::Differs(_) => ("bad", "có chỗ khác"),
        }
    }
}

/// How a sheet stands to the gazette today.
pub async fn standing(tx: &mut crate::db::Tx, sheet: &Sheet) -> Result<Standing> {
    let latest = store::of(tx, &sheet.set).await?.into_iter().next();
    Ok(Standing::of(sheet, latest))
}

struct Line {
    sheet: &'static Sheet,
    standing: Standing,
    /// The file it came from; empty where it is shipped.
    source: String,
}

#[derive(Template)]
#[template(path = "scoring/list.html")]
struct ListPage {
    shell: Shell,
    /// Families with their sheets, the newest first.
    families: Vec<(&'static Family, String, Vec<Line>)>,
    /// Times without sheets, with the number of the instrument.
    gaps: Vec<(String, books::Gap)>,
    may_bring: bool,
}

async fn list(visit: Visit) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let mut latest = store::latest(&mut tx).await?;
    let (sheets, mut sources) = store::in_use(&mut tx).await?;
    let mut families = Vec::new();
    for family in books::families().iter().rev() {
        let own = sheets.iter().filter(|sheet| sheet.instrument == family.instrument);
        let lines = own.map(|sheet| Line {
            sheet,
            standing: Standing::of(sheet, latest.remove(&sheet.set)),
            source: sources.remove(&sheet.set).unwrap_or_default(),
        });
        families.push((family, number_of(&mut tx, &family.instrument).await?, lines.collect()));
    }
    let mut gaps = Vec::new();
    for gap in books::gaps() {
        gaps.push((number_of(&mut tx, gap.instrument).await?, gap));
    }
    let may_bring = visit.actor.may(Act::CompareSheets);
    html(&ListPage { shell: visit.shell("Phiếu đánh giá sản phẩm"), families, gaps, may_bring })
}

/// The number of an instrument, as printed.
pub(super) async fn number_of(tx: &mut crate::db::Tx, instrument: &str) -> Result<String> {
    let known = crate::rule::store::instrument(tx, instrument).await?;
    Ok(known.map_or_else(|| instrument.to_owned(), |known| known.number))
}

/// The families with the numbers of their instruments, as printed.
pub(super) async fn numbers(tx: &mut crate::db::Tx) -> Result<Vec<(String, &'static Family)>> {
    let mut numbers = Vec::new();
    for family in books::families() {
        numbers.push((number_of(tx, &family.instrument).await?, family));
    }
    Ok(numbers)
}

#[derive(Template)]
#[template(path = "scoring/show.html")]
struct ShowPage {
    shell: Shell,
    form: Form,
    sheet: &'static Sheet,
    family: &'static Family,
    number: String,
    standing: Standing,
    checks: Vec<Check>,
    may_compare: bool,
    is_demo: bool,
}

impl ShowPage {
    /// Headings of the first level with all that is marked below them; a line without anything below stands for itself.
    fn groups(&self) -> Vec<(&'static Criterion, Vec<&'static Criterion>)> {
        self.sheet.tops().map(|top| (top, self.sheet.under(top).collect())).collect()
    }

    /// The ladders of a line: the name of the case (empty where there is one only), its answers.
    fn ladders(&self, line: &'static Criterion) -> Vec<(&'static str, &'static [Answer])> {
        match &line.asked {
            Asked::Sum => Vec::new(),
            Asked::Answers(answers) => vec![("", answers.as_slice())],
            Asked::Cases(cases) => cases.iter().map(|case| (case.vi.as_str(), case.answers.as_slice())).collect(),
        }
    }

    fn outcomes(&self) -> Vec<Choice> {
        [("same", "Khớp với bản in"), ("differs", "Có chỗ khác")].map(|(word, name)| (word.to_owned(), name.to_owned())).to_vec()
    }

    /// What rejects the dossier as a whole.
    fn whole(&self) -> Vec<mark::Ground<'static>> {
        mark::grounds(self.sheet).into_iter().filter(|ground| ground.criterion.is_none()).collect()
    }

    fn doubts(&self) -> Vec<(&'static str, &'static str)> {
        self.sheet.doubts()
    }
}

/// The sheet of a product set.
pub(super) async fn find(tx: &mut crate::db::Tx, set: &str) -> Result<&'static Sheet> {
    Ok(store::sheet(tx, set).await?.ok_or_else(Refusal::not_found)?)
}

async fn show(visit: Visit, Path(set): Path<String>) -> Result<Response> {
    page(&visit, &set, Form::new(visit.lang)).await
}

async fn page(visit: &Visit, set: &str, form: Form) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let sheet = find(&mut tx, set).await?;
    let family = books::family(&sheet.instrument).ok_or_else(Refusal::not_found)?;
    let checks = store::of(&mut tx, set).await?;
    let page = ShowPage {
        shell: visit.shell(&format!("Phiếu bộ {}: {}", sheet.number, sheet.name)),
        standing: Standing::of(sheet, checks.first().cloned()),
        number: number_of(&mut tx, &family.instrument).await?,
        may_compare: visit.actor.may(Act::CompareSheets),
        is_demo: visit.app.is_demo(),
        sheet,
        family,
        checks,
        form,
    };
    if page.form.errors.is_empty() { html(&page) } else { page.form.answer(&page) }
}

/// Longest text of a comparison.
const LONGEST: usize = 2000;

async fn compare(visit: Visit, Path(set): Path<String>, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let mut errors = Errors::default();
    let outcome = fields.get("outcome");
    if !["same", "differs"].contains(&outcome) {
        errors.add("outcome", both("Hãy chọn kết quả đối chiếu.", "Choose what the comparison showed."));
    }
    let source = if fields.is_on("demo") && visit.app.is_demo() {
        "Kho dùng thử: ghi để thử, chưa đọc bản in"
    } else {
        fields.get("source").trim()
    };
    if source.is_empty() {
        errors.add("source", both("Hãy ghi bản in đã đọc: số, ngày Công báo, trang.", "Say which print was read: number, date, page."));
    }
    let note = fields.get("note").trim();
    if outcome == "differs" && note.is_empty() {
        errors.add("note", both("Hãy ghi mục nào khác, bản in ghi thế nào.", "Say which line differs, and what the print says."));
    }
    for (name, text) in [("source", source), ("note", note)] {
        if text.chars().count() > LONGEST {
            errors.add(name, both("Nhiều nhất 2.000 ký tự.", "2,000 characters at most."));
        }
    }
    if !errors.is_empty() {
        return page(&visit, &set, Form::with(fields, errors, Tongue::Vi)).await;
    }
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut tx = once::begin(&visit, &fields).await?;
    let sheet = find(&mut tx, &set).await?;
    let check = Check {
        id: new_id(),
        sheet: set.clone(),
        digest: sheet.digest.clone(),
        outcome: outcome.to_owned(),
        source: source.to_owned(),
        note: note.to_owned(),
        checked_by: visit.actor.journal_id().to_owned(),
        checked_name: visit.actor.name.clone(),
        checked_on: today,
        created_at: now,
    };
    store::add(&mut tx, &check).await?;
    let detail = serde_json::json!({"outcome": check.outcome, "source": check.source, "note": check.note, "digest": check.digest});
    Note::of("compare_sheet", ("score_sheet", &set), detail).by(&mut tx, now, &visit.actor).await?;
    once::end(tx, &fields, go(&format!("/phieu-danh-gia/{set}"), "compare_sheet")).await
}
