//! The three forms of a product's dossier: registration (Mẫu 01), self-assessment (Mẫu 02), the commune's report (Mẫu 03).
//!
//! What nobody has told the system, or what whoever prints may not read (sex, ethnic origin, permanent address of who represents
//! the producer), stays an open line.

use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;
use serde_json::{Value, json};

use super::model::{Issuer, OPEN, fact, hand, open_fact};
use super::print::{Paper, answer};
use crate::access::{Act, Need, Routes};
use crate::dossier::person::Person;
use crate::dossier::{self, Whole};
use crate::error::{Refusal, Result};
use crate::page::Visit;
use crate::text::date_vi;

const READERS: Need = Need::May(Act::ReadDossiers);

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/ho-so-danh-gia/{id}/mau-01.pdf", READERS, async |visit: Visit, Path(id): Path<String>| {
            print(&visit, registration(&visit, &id).await?).await
        })
        .get("/ho-so-danh-gia/{id}/mau-02.pdf", READERS, async |visit: Visit, Path(id): Path<String>| {
            print(&visit, assessment(&visit, &id).await?).await
        })
        .get("/ho-so-danh-gia/{id}/mau-03.pdf", READERS, async |visit: Visit, Path(id): Path<String>| {
            print(&visit, report(&visit, &id).await?).await
        })
        .get("/ho-so-danh-gia/{id}/mau-01.docx", READERS, async |visit: Visit, Path(id): Path<String>| {
            written(registration(&visit, &id).await?)
        })
        .get("/ho-so-danh-gia/{id}/mau-02.docx", READERS, async |visit: Visit, Path(id): Path<String>| {
            written(assessment(&visit, &id).await?)
        })
        .get("/ho-so-danh-gia/{id}/mau-03.docx", READERS, async |visit: Visit, Path(id): Path<String>| written(report(&visit, &id).await?))
}

/// A form, whatever it is made into.
struct Filled {
    /// What its file is called.
    name: String,
    /// Its values.
    data: Value,
}

fn filled(whole: &Whole, name: &str, data: Value) -> Filled {
    Filled { name: format!("{name} {}", whole.product.name), data }
}

fn section(title: &str, lines: Vec<String>, open: usize, rows: Vec<Value>) -> Value {
    json!({"title": title, "lines": lines, "open": open, "rows": rows})
}

/// What the forms of the producer say of it and of the product.
fn facts(whole: &Whole, with_person: bool) -> Vec<Value> {
    let body = &whole.producer;
    let or_open = |label: &str, value: &str| if value.is_empty() { open_fact(label) } else { fact(label, value) };
    let mut facts = vec![
        fact("Chủ thể", body.name.clone()),
        or_open("Mã số thuế, số đăng ký kinh doanh", body.tax_code.as_deref().unwrap_or_default()),
        or_open("Địa chỉ", &body.address),
        or_open("Điện thoại", &body.phone),
        open_fact("Thư điện tử"),
    ];
    let person = whole.person.as_ref();
    let told = |label: &str, value: Option<&str>| or_open(label, value.unwrap_or_default());
    let name = person
        .map(|person| [person.name.as_str(), &person.post].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", "));
    facts.push(told("Người đại diện pháp luật, chức vụ", name.as_deref()));
    if with_person {
        facts.push(told("Giới tính", person.map(Person::sex_name)));
        facts.push(told("Dân tộc", person.map(|person| person.ethnic.as_str())));
        facts.push(told("Địa chỉ thường trú", person.map(|person| person.address.as_str())));
        if let Some(disability) = person.map(|person| person.disability.as_str()).filter(|text| !text.is_empty()) {
            facts.push(fact("Khuyết tật (mục 3.2)", disability));
        }
    }
    facts.extend([
        fact("Sản phẩm", whole.product.name.clone()),
        fact("Bộ sản phẩm", format!("{}. {}", whole.sheet.number, whole.sheet.name)),
        fact("Loại hồ sơ", whole.dossier.kind.name()),
    ]);
    facts
}

fn head(whole: &Whole, number: &str, on: Option<NaiveDate>) -> Value {
    let place = whole.unit.trim_start_matches("Phường ").trim_start_matches("Xã ");
    Issuer { name: whole.producer.name.clone(), short: whole.producer.name.clone(), place: place.to_owned(), ..Issuer::default() }
        .head(number, on)
}

async fn print(visit: &Visit, Filled { name, data }: Filled) -> Result<Response> {
    answer(&visit.app, &Paper { template: "dossier", name, data, pictures: Default::default() }).await
}

fn written(Filled { name, data }: Filled) -> Result<Response> {
    super::word::answer(&name, &data)
}

async fn load(visit: &Visit, id: &str) -> Result<Whole> {
    let mut tx = visit.app.db().read().await?;
    dossier::whole(&mut tx, visit, id).await
}

async fn registration(visit: &Visit, id: &str) -> Result<Filled> {
    let whole = load(visit, id).await?;
    let proofs = whole.proofs();
    let data = json!({
        "title": format!("Phiếu đăng ký: {}", whole.product.name), "author": whole.producer.name, "sample": whole.product.demo,
        "head": head(&whole, &format!("Số: {OPEN}-{OPEN}/PĐK-{OPEN}"), whole.dossier.sent_on),
        "name": "Phiếu đăng ký", "about": "đánh giá, phân hạng sản phẩm OCOP (Mẫu 01)", "facts": facts(&whole, false),
        "sections": [
            section("Tài liệu kèm theo", vec![format!("1. Báo cáo tự đánh giá (Mẫu 02): bản gốc và bản điện tử{}.", whole.receipt()), format!("2. Minh chứng: {} tài liệu.", proofs.len()), format!("3. Sản phẩm mẫu: {OPEN} đơn vị.")], 0, Vec::new()),
            section("Cam đoan", vec!["Chủ thể cam đoan những điều khai trên là đúng và chịu trách nhiệm trước pháp luật.".to_owned()], 0, Vec::new()),
            section("Phần tiếp nhận của UBND xã, phường", Vec::new(), 1, Vec::new()),
            section("Phần tiếp nhận của cơ quan cấp tỉnh", Vec::new(), 1, Vec::new()),
        ],
        "ending": "", "signers": [hand("Đại diện chủ thể")],
    });
    Ok(filled(&whole, "Mẫu 01", data))
}

async fn assessment(visit: &Visit, id: &str) -> Result<Filled> {
    let whole = load(visit, id).await?;
    let mut rows = Vec::new();
    for line in &whole.sheet.criteria {
        if !line.is_asked() {
            rows.push(
                json!({"no": line.no, "name": line.vi, "text": [], "points": format!("/{}", line.max), "proofs": [], "heading": true}),
            );
            continue;
        }
        let Some(read) = whole.answers.iter().find(|read| read.no == line.no) else {
            rows.push(json!({"no": line.no, "name": line.vi, "text": ["Không áp dụng"], "points": "–", "proofs": [], "heading": false}));
            continue;
        };
        let mut text: Vec<String> = read.answer.map(|(_, words)| words.to_owned()).into_iter().collect();
        text.extend(read.words.lines().map(str::to_owned));
        let proofs: Vec<String> = read
            .proofs
            .iter()
            .map(|(proof, _)| {
                let pages = if proof.pages.is_empty() { String::new() } else { format!(", trang {}", proof.pages) };
                let about = proof.evidence.about();
                if about.is_empty() {
                    format!("{}{pages}", proof.evidence.title)
                } else {
                    format!("{} ({about}){pages}", proof.evidence.title)
                }
            })
            .collect();
        let points = read.answer.map_or_else(String::new, |(points, _)| format!("{points}/{}", line.max));
        rows.push(
            json!({"no": line.no, "name": line.vi, "text": text, "points": points, "proofs": proofs, "heading": line.above().is_none()}),
        );
    }
    let stars = if whole.dossier.star > 0 && whole.dossier.answered == whole.dossier.asked {
        format!("; hạng tự đánh giá: {} sao", whole.dossier.star)
    } else {
        String::new()
    };
    let news: Vec<String> = whole.dossier.news.lines().map(str::to_owned).collect();
    let open = usize::from(news.is_empty()) * 3;
    let data = json!({
        "title": format!("Báo cáo tự đánh giá: {}", whole.product.name), "author": whole.producer.name, "sample": whole.product.demo,
        "head": head(&whole, "", whole.dossier.sent_on),
        "name": "Báo cáo", "about": "tự đánh giá sản phẩm OCOP (Mẫu 02)", "facts": facts(&whole, true),
        "sections": [
            section("I. Lịch sử, bộ máy tổ chức", Vec::new(), 3, Vec::new()),
            section("II. Kết quả sản xuất, kinh doanh; điều đã thay đổi", news, open, Vec::new()),
            section(&format!("III. Tự đánh giá theo phiếu bộ {}", whole.sheet.number), vec![format!("Tổng điểm: {}/100{stars}.", whole.dossier.points)], 0, rows),
            section("IV. Kế hoạch thời gian tới", Vec::new(), 3, Vec::new()),
        ],
        "ending": format!("Số mục đã trả lời: {} trong {}{}.", whole.dossier.answered, whole.dossier.asked, whole.receipt()),
        "signers": [hand("Đại diện chủ thể")],
    });
    Ok(filled(&whole, "Mẫu 02", data))
}

async fn report(visit: &Visit, id: &str) -> Result<Filled> {
    let whole = load(visit, id).await?;
    // the report is the commune's: whoever else reads the dossier reads it once it was made
    let drafts = whole.dossier.state == dossier::model::State::Sent
        && dossier::model::may_check(&visit.actor, whole.dossier.unit_id.as_deref())
        && whole.rule.is_some_and(|rule| rule.forms);
    if whole.dossier.reported_on.is_none() && !drafts {
        return Err(Refusal::not_found().into());
    }
    let number = if whole.dossier.report_no.is_empty() { OPEN } else { &whole.dossier.report_no };
    let issuer = match &whole.committee {
        Some(body) => {
            let mut tx = visit.app.db().read().await?;
            super::issuer_of(&mut tx, visit, body).await?
        }
        None => Issuer::default(),
    };
    let findings = whole.dossier.found();
    let checks = whole.rule.map(|rule| rule.checks.as_slice()).unwrap_or_default();
    let mut sections: Vec<Value> = checks
        .iter()
        .enumerate()
        .map(|(at, content)| {
            let words = findings.checks.get(&content.id).map(String::as_str).unwrap_or_default();
            section(&format!("{}. {}", at + 1, content.vi), words.lines().map(str::to_owned).collect(), 0, Vec::new())
        })
        .collect();
    if let Some(day) = findings.met_on {
        sections.push(section("Họp xem xét", vec![format!("Các đơn vị của UBND xã, phường họp ngày {}.", date_vi(day))], 0, Vec::new()));
    }
    sections.push(section("Đề xuất", findings.proposal.lines().map(str::to_owned).collect(), 0, Vec::new()));
    let data = json!({
        "title": format!("Báo cáo: {}", whole.product.name), "author": issuer.author(), "sample": whole.product.demo,
        "head": issuer.head(&format!("Số: {number}"), whole.dossier.reported_on),
        "name": "Báo cáo", "about": "xem xét hồ sơ và đề xuất đánh giá, phân hạng sản phẩm OCOP (Mẫu 03)", "facts": facts(&whole, true),
        "sections": sections,
        "ending": format!("Hồ sơ nhận ngày {}, tự đánh giá {} điểm.", whole.dossier.sent_on.map(date_vi).unwrap_or_else(|| OPEN.to_owned()), whole.dossier.points),
        "signers": [issuer.signer()],
    });
    Ok(filled(&whole, "Mẫu 03", data))
}
