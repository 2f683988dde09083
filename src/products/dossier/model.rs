//! A producer's dossier: what it may become, and who may do it. Pure.
//!
//! ```mermaid
//! stateDiagram-v2
//!   [*] --> draft
//!   draft --> sent : the producer sends it to its commune
//!   sent --> returned : the commune asks for something
//!   returned --> sent
//!   sent --> proposed : the commune reports and proposes it
//!   draft --> withdrawn
//!   sent --> withdrawn
//!   returned --> withdrawn
//! ```

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::access::{Act, Actor, Scope, Voice};
use crate::error::{Both, Refusal, both};
use crate::product::model::{Certificate, State as Standing, standing};
use crate::product::term::{self, Filing};
use crate::scoring::mark::{self, Marks};
use crate::scoring::sheet::Sheet;
use crate::text::date_vi;
use crate::words;

words! {
    /// Why a product is evaluated.
    #[derive(PartialOrd, Ord)]
    pub enum Kind {
        /// It has no certificate in force.
        First = "first" / "Đánh giá lần đầu",
        /// It aims at more stars.
        Upgrade = "upgrade" / "Nâng hạng sao",
        /// Its certificate ends.
        Regrade = "regrade" / "Đánh giá lại",
    }
}

words! {
    /// How far a dossier is.
    #[derive(PartialOrd, Ord)]
    pub enum State {
        /// The producer prepares it.
        Draft = "draft" / "Đang chuẩn bị",
        /// It waits for the commune.
        Sent = "sent" / "Chờ xã, phường",
        /// The commune asked for something.
        Returned = "returned" / "Cần bổ sung",
        /// The commune reported and proposed it.
        Proposed = "proposed" / "Đã đề xuất",
        /// The producer took it back.
        Withdrawn = "withdrawn" / "Đã rút",
    }
}

impl State {
    /// Tone of its chip.
    pub fn tone(self) -> &'static str {
        match self {
            State::Draft => "quiet",
            State::Sent => "info",
            State::Returned => "warn",
            State::Proposed => "ok",
            State::Withdrawn => "quiet",
        }
    }
}

/// A dossier.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Dossier {
    /// Identifier.
    pub id: String,
    /// The product.
    pub product_id: String,
    /// Whose it is.
    pub producer_id: String,
    /// The commune of today that it goes to.
    pub unit_id: Option<String>,
    /// Why.
    pub kind: Kind,
    /// The product set whose sheet it answers.
    pub sheet: String,
    /// Digest of the wording it answers.
    pub sheet_digest: String,
    /// How far it is.
    pub state: State,
    /// Since when.
    pub state_since: NaiveDate,
    /// The answers, as JSON: [`Dossier::answers`].
    pub marks: String,
    /// What changed since the last grading.
    pub news: String,
    /// What the answers come to.
    pub points: i64,
    /// The star they come to.
    pub star: i64,
    /// How many criteria are answered.
    pub answered: i64,
    /// How many are asked.
    pub asked: i64,
    /// When it was sent last.
    pub sent_on: Option<NaiveDate>,
    /// Last day of the commune.
    pub due_on: Option<NaiveDate>,
    /// Receipt of what was sent.
    pub receipt: String,
    /// Digest of what was sent.
    pub digest: String,
    /// What has to be added.
    pub reason: String,
    /// What the commune found, as JSON: [`Findings`].
    pub findings: String,
    /// Number of its report.
    pub report_no: String,
    /// Day of its report.
    pub reported_on: Option<NaiveDate>,
    /// The product, while the dossier runs.
    pub once: Option<String>,
    /// Version.
    pub version: i64,
    /// Who began it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was saved last.
    pub updated_at: DateTime<Utc>,
}

/// What the commune found: its words on each of the contents that the law names, by their word.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// Words on each content.
    pub checks: BTreeMap<String, String>,
    /// What it proposes.
    pub proposal: String,
    /// Day of a meeting of its units, if one was needed.
    pub met_on: Option<NaiveDate>,
    /// What its council came to, in hundredths of a point, where the receiver has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub council_points: Option<i64>,
    /// Day of that session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub council_on: Option<NaiveDate>,
}

/// Whether somebody prepares dossiers of this producer.
pub fn may_prepare(actor: &Actor, producer: &str) -> bool {
    actor.may(Act::PrepareDossiers) && actor.confirmed && actor.is(Voice::Business) && actor.body_id() == Some(producer)
}

/// Whether somebody does the commune's part for this unit.
pub fn may_check(actor: &Actor, unit: Option<&str>) -> bool {
    actor.may(Act::CheckDossiers) && unit.is_some() && matches!(actor.scope(), Scope::Unit(own) if Some(own.as_str()) == unit)
}

/// Whether somebody has the case now: its commune once it was sent, the city once it was proposed.
pub fn has_case(actor: &Actor, dossier: &Dossier) -> bool {
    let receives = dossier.sent_on.is_some() && may_check(actor, dossier.unit_id.as_deref());
    let decides = dossier.state == State::Proposed && actor.may(Act::KeepProducts) && !actor.is(Voice::Business);
    receives || decides
}

/// Whether a dossier lies in a scope. Others than its producer see it once it was sent.
pub fn in_scope(scope: &Scope, dossier: &Dossier) -> bool {
    let was_sent = dossier.sent_on.is_some();
    match scope {
        Scope::All => was_sent,
        Scope::Unit(unit) => was_sent && dossier.unit_id.as_deref() == Some(unit),
        Scope::Body(body) => dossier.producer_id == *body,
        Scope::None => false,
    }
}

/// What has to be told of the day on which a dossier is handed in: refused before its time, told after it.
pub fn filing(kind: Kind, certificates: &[Certificate], today: NaiveDate) -> Result<Option<Both>, Refusal> {
    let standing = standing(certificates, today);
    let live = standing.state == Standing::Live;
    let Some(certificate) = standing.certificate.filter(|_| kind != Kind::First || live) else {
        return match kind {
            Kind::First => Ok(None),
            _ => Err(Refusal::rule(
                "no-certificate",
                both(
                    "Sản phẩm chưa có giấy chứng nhận để nâng hạng hay đánh giá lại.",
                    "The product has no certificate to raise or renew.",
                ),
                both("Hãy lập hồ sơ đánh giá lần đầu.", "Begin a first dossier."),
            )),
        };
    };
    let last = certificate.last_day();
    match kind {
        Kind::First => Err(Refusal::rule(
            "still-valid",
            both(
                format!("Sản phẩm đang có giấy chứng nhận {} sao đến hết ngày {}.", certificate.stars, date_vi(last)),
                format!("The product has a certificate of {} stars until {}.", certificate.stars, date_vi(last)),
            ),
            both("Hãy chọn nâng hạng, hoặc đánh giá lại khi đến thời gian nộp.", "Choose an upgrade, or a re-grading in its time."),
        )),
        Kind::Upgrade if !live => Err(Refusal::rule(
            "not-valid",
            both(
                "Giấy chứng nhận không còn hiệu lực nên không nâng hạng được.",
                "The certificate is not in force, so there is nothing to raise.",
            ),
            both("Hãy lập hồ sơ đánh giá lần đầu.", "Begin a first dossier."),
        )),
        Kind::Upgrade => Ok(None),
        Kind::Regrade => {
            let Some(rule) = term::regrading(last) else { return Ok(None) };
            match rule.filing(last, today) {
                Filing::Early => Err(Refusal::rule(
                    "too-early",
                    both(
                        format!(
                            "Chưa đến thời gian nộp hồ sơ đánh giá lại: nhận từ {} đến hết {} ({}).",
                            date_vi(rule.opens_on(last)),
                            date_vi(rule.closes_on(last)),
                            rule.clause
                        ),
                        format!(
                            "Files for re-grading are taken from {} to {} ({}).",
                            date_vi(rule.opens_on(last)),
                            date_vi(rule.closes_on(last)),
                            rule.clause
                        ),
                    ),
                    both("Hồ sơ vẫn được giữ; hãy gửi khi đến ngày.", "The dossier is kept; send it when the day has come."),
                )),
                Filing::Open => Ok(None),
                Filing::Late => Ok(Some(both(
                    format!(
                        "Nộp sau ngày {}: giấy chứng nhận kéo dài đến khi có kết quả, nhiều nhất đến {} ({}).",
                        date_vi(rule.closes_on(last)),
                        date_vi(rule.runs_until(last)),
                        rule.runs_on_clause
                    ),
                    format!(
                        "After {}: the certificate runs on until the result, at most to {} ({}).",
                        date_vi(rule.closes_on(last)),
                        date_vi(rule.runs_until(last)),
                        rule.runs_on_clause
                    ),
                ))),
                Filing::After => Ok(Some(both(
                    format!("Giấy chứng nhận đã hết hiệu lực từ sau ngày {}; hồ sơ không kéo dài giấy.", date_vi(last)),
                    format!("The certificate ended on {}; the dossier does not prolong it.", date_vi(last)),
                ))),
            }
        }
    }
}

fn wrong_state(state: State) -> Refusal {
    Refusal::rule(
        "wrong-state",
        both(
            format!("Hồ sơ đang ở trạng thái “{}” nên không làm được bước này.", state.name()),
            format!("The dossier is “{}”.", state.word()),
        ),
        both("Hãy mở lại hồ sơ để xem trạng thái mới.", "Open the dossier again to see its state."),
    )
}

impl Dossier {
    /// The answers.
    pub fn answers(&self) -> Marks {
        serde_json::from_str(&self.marks).unwrap_or_default()
    }

    /// What the commune found.
    pub fn found(&self) -> Findings {
        serde_json::from_str(&self.findings).unwrap_or_default()
    }

    /// Whether its producer still writes in it.
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::Draft | State::Returned)
    }

    /// With other answers, and what they come to.
    pub fn answer(mut self, sheet: &Sheet, marks: &Marks, thresholds: &[i64]) -> Result<Dossier, Refusal> {
        if !self.is_open() {
            return Err(wrong_state(self.state));
        }
        // what a corrected sheet no longer asks falls out; what was answered just now has to fit
        let before = mark::strange(sheet, &self.answers());
        let marks = &marks.without(&before);
        let strange = mark::strange(sheet, marks);
        if !strange.is_empty() {
            return Err(Refusal::invalid(both(
                format!("Câu trả lời không thuộc thang của mục {}.", strange.join(", ")),
                format!("No answer of the ladder of {}.", strange.join(", ")),
            )));
        }
        let outcome = mark::outcome(sheet, marks, thresholds);
        self.marks = serde_json::to_string(marks).unwrap_or_default();
        (self.points, self.star) = (outcome.points, outcome.star);
        (self.answered, self.asked) = (outcome.answered as i64, outcome.asked as i64);
        Ok(self)
    }

    /// What keeps it from being sent.
    pub fn missing(&self, sheet: &Sheet) -> Vec<String> {
        let marks = self.answers();
        let mut missing = Vec::new();
        if !sheet.cases().is_empty() && marks.case.is_empty() {
            missing.push("chọn trường hợp áp dụng".to_owned());
        }
        let open: Vec<&str> = sheet
            .asked()
            .filter(|line| mark::applies(&marks, line) && mark::chosen(&marks, line).is_none())
            .map(|line| line.no.as_str())
            .collect();
        if !open.is_empty() {
            missing.push(format!("trả lời {} mục: {}", open.len(), open.join(", ")));
        }
        if self.kind != Kind::First && self.news.trim().is_empty() {
            missing.push("nêu điều đã thay đổi từ lần công nhận trước".to_owned());
        }
        if self.unit_id.is_none() {
            missing.push("xã, phường hiện nay của chủ thể".to_owned());
        }
        missing
    }

    /// Sent to the commune, which has until `due_on`.
    pub fn send(mut self, sheet: &Sheet, digest: String, due_on: Option<NaiveDate>, today: NaiveDate) -> Result<Dossier, Refusal> {
        if !self.is_open() {
            return Err(wrong_state(self.state));
        }
        let missing = self.missing(sheet);
        if !missing.is_empty() {
            return Err(Refusal::rule(
                "missing",
                both(format!("Hồ sơ còn thiếu: {}.", missing.join("; ")), "The dossier is not complete."),
                both("Hãy bổ sung rồi gửi lại; những gì đã ghi vẫn còn.", "Fill it in and send again; nothing is lost."),
            ));
        }
        self.sheet_digest.clone_from(&sheet.digest);
        self.receipt = receipt(&digest);
        self.digest = digest;
        (self.state, self.state_since, self.sent_on, self.due_on) = (State::Sent, today, Some(today), due_on);
        self.reason.clear();
        Ok(self)
    }

    /// Sent back with what has to be added, by a day.
    pub fn send_back(mut self, reason: &str, by: Option<NaiveDate>, today: NaiveDate) -> Result<Dossier, Refusal> {
        if self.state != State::Sent {
            return Err(wrong_state(self.state));
        }
        if by.is_some_and(|by| by < today) {
            return Err(Refusal::invalid(both("Hạn bổ sung đã qua; hãy ghi ngày khác.", "That day has passed; give another.")));
        }
        (self.state, self.state_since, self.due_on) = (State::Returned, today, by);
        self.reason = reason.to_owned();
        Ok(self)
    }

    /// Reported and proposed by the commune.
    pub fn propose(mut self, findings: &Findings, number: &str, on: NaiveDate, today: NaiveDate) -> Result<Dossier, Refusal> {
        if self.state != State::Sent {
            return Err(wrong_state(self.state));
        }
        if on > today || self.sent_on.is_some_and(|sent| on < sent) {
            return Err(Refusal::invalid(both(
                "Ngày báo cáo phải từ ngày nhận hồ sơ đến hôm nay.",
                "The day of the report lies between that of receipt and today.",
            )));
        }
        self.findings = serde_json::to_string(findings).unwrap_or_default();
        (self.state, self.state_since, self.due_on) = (State::Proposed, today, None);
        (self.report_no, self.reported_on) = (number.to_owned(), Some(on));
        Ok(self)
    }

    /// Taken back by its producer.
    pub fn withdraw(mut self, today: NaiveDate) -> Result<Dossier, Refusal> {
        if !matches!(self.state, State::Draft | State::Sent | State::Returned) {
            return Err(wrong_state(self.state));
        }
        (self.state, self.state_since, self.due_on, self.once) = (State::Withdrawn, today, None, None);
        Ok(self)
    }

    /// Whether its day has passed.
    pub fn is_late(&self, today: NaiveDate) -> bool {
        self.due_on.is_some_and(|due| due < today)
    }
}

/// What a producer keeps as proof that this very dossier was received: "3F2A-9C1B-77D0".
pub fn receipt(digest: &str) -> String {
    let shown: String = digest.chars().filter(char::is_ascii_hexdigit).take(12).collect();
    shown.to_uppercase().as_bytes().chunks(4).map(|part| String::from_utf8_lossy(part).into_owned()).collect::<Vec<_>>().join("-")
}

/// A paper of a producer's wallet.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Evidence {
    /// Identifier.
    pub id: String,
    /// Whose.
    pub body_id: String,
    /// What it is.
    pub title: String,
    /// Who issued it.
    pub issuer: String,
    /// Its number.
    pub number: String,
    /// Its day.
    pub issued_on: Option<NaiveDate>,
    /// First day on which it proves nothing any more.
    pub valid_to: Option<NaiveDate>,
    /// When it was taken back.
    pub withdrawn_on: Option<NaiveDate>,
    /// Why.
    pub withdrawn_reason: String,
    /// Version.
    pub version: i64,
    /// Who put it there.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl Evidence {
    /// Why it proves nothing on a day; none where it does.
    pub fn fault(&self, day: NaiveDate) -> Option<String> {
        if let Some(since) = self.withdrawn_on {
            return Some(format!("đã rút ngày {}: {}", date_vi(since), self.withdrawn_reason));
        }
        self.valid_to.filter(|to| *to <= day).map(|to| format!("hết hạn sau ngày {}", date_vi(to.pred_opt().unwrap_or(to))))
    }

    /// Number, issuer and day in a line.
    pub fn about(&self) -> String {
        let day = self.issued_on.map(|day| format!("ngày {}", date_vi(day))).unwrap_or_default();
        let number = if self.number.is_empty() { String::new() } else { format!("số {}", self.number) };
        [number, self.issuer.clone(), day].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }
}
