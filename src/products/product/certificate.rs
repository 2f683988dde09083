//! Certificates of a product: how long one is valid, how a product stands on a day, what a person claims. Pure.

use super::group;
use super::model::{Product, State};
use super::recognition::Recognition;
use super::scale::{self, Scale};
use super::term::{self, end_of};
use crate::error::{Both, Refusal, both};
use crate::law;
use crate::text::{Edtf, Tongue, date_vi};
use chrono::{DateTime, Datelike, NaiveDate, Utc};

/// A certificate.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Certificate {
    /// Identifier.
    pub id: String,
    /// Of which product.
    pub product_id: String,
    /// Its number, if a source gives it.
    pub number: Option<String>,
    /// Number of the decision that recognised the product.
    pub decision_no: String,
    /// Body that recognised it, as printed.
    pub recognised_by: String,
    /// `first`, `upgrade`, `regrading`, or empty when not stated.
    pub recognition: String,
    /// Day of that decision as its source gives it, when not to the day (EDTF).
    pub decided_as: String,
    /// Day of that decision.
    pub decided_on: Option<NaiveDate>,
    /// Stars.
    pub stars: i64,
    /// Score in hundredths of a point.
    pub score: Option<i64>,
    /// First day.
    pub valid_from: NaiveDate,
    /// First day no longer.
    pub valid_to: NaiveDate,
    /// On what that day rests: `printed`, the rule that computed it, or empty where that was not kept.
    pub end_rule: String,
    /// Number of the re-grading file by which it runs on.
    pub file_no: String,
    /// Day of that file.
    pub file_on: Option<NaiveDate>,
    /// First day on which it no longer runs on.
    pub runs_to: Option<NaiveDate>,
    /// Day on which it was decided not to recognise the product again by that file.
    pub file_refused_on: Option<NaiveDate>,
    /// By which decision.
    pub file_refused_no: String,
    /// First day no longer because it was taken back.
    pub withdrawn_on: Option<NaiveDate>,
    /// Why it was taken back.
    pub withdrawn_reason: String,
    /// By which decision.
    pub withdrawn_decision: String,
    /// On which of the grounds of the law.
    pub withdrawn_ground: String,
    /// Who signed that decision.
    pub withdrawn_by: String,
    /// Where this is known from.
    pub source: String,
    /// Who entered it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl Certificate {
    /// State of a product of which this is the certificate that counts.
    pub fn state(&self, on: NaiveDate) -> State {
        match self.withdrawn_on {
            Some(day) if day <= on && day < self.full_end() => State::Withdrawn,
            _ if on < self.valid_from => State::None,
            _ if self.full_end() <= on => State::Lapsed,
            _ => State::Live,
        }
    }

    /// First day on which it is not valid, for whatever reason.
    pub fn ends_on(&self) -> NaiveDate {
        self.withdrawn_on.map_or(self.full_end(), |day| day.min(self.full_end()))
    }

    /// First day after its time, with the days that it runs on while its product is graded again.
    pub fn full_end(&self) -> NaiveDate {
        self.runs_to.map_or(self.valid_to, |day| day.max(self.valid_to))
    }

    /// Refuses days outside of which it was taken back.
    ///
    /// # Errors
    /// It was withdrawn on a day that its own days do not hold.
    pub fn check_withdrawn(&self) -> Result<(), Both> {
        let Some(taken) = self.withdrawn_on.filter(|taken| *taken < self.valid_from || self.full_end() <= *taken) else { return Ok(()) };
        let taken = date_vi(taken);
        Err(both(
            format!(
                "giấy chứng nhận này đã bị thu hồi từ ngày {taken}, ngoài thời gian ghi ở đây; hãy kiểm tra ngày công nhận và ngày hết hạn"
            ),
            format!("this certificate was withdrawn from {taken}, outside the days given here; check the first and the last day"),
        ))
    }

    /// Gives it another end; how far it runs on by a file follows the end.
    pub fn end_at(&mut self, valid_to: NaiveDate) {
        self.valid_to = valid_to;
        let most = term::regrading(self.last_day()).and_then(|rule| rule.runs_until(self.last_day()).succ_opt());
        self.runs_to = self.runs_to.zip(most).map(|(to, most)| to.min(most));
    }

    /// The last day to which it runs on, where it does so beyond its own last day.
    pub fn runs_until(&self) -> Option<NaiveDate> {
        self.runs_to.filter(|to| self.valid_to < *to).and_then(|to| to.pred_opt())
    }

    /// The last day to which it runs on, if its product is being graded again and it has not been taken back by a day.
    pub fn running(&self, on: NaiveDate) -> Option<NaiveDate> {
        self.runs_until().filter(|_| self.state(on) == State::Live)
    }

    /// The last day by the rule of today, where this certificate is one day short of it and nobody knows why.
    pub fn asked_last_day(&self, months: i64) -> Option<NaiveDate> {
        let by_rule = end_of(self.valid_from, months).filter(|_| self.end_rule.is_empty())?;
        (self.valid_to.succ_opt() == Some(by_rule)).then(|| by_rule.pred_opt()).flatten()
    }

    /// Day of the decision, as exact as its source gives it.
    pub fn decided(&self) -> Option<Edtf> {
        Edtf::of(self.decided_on, &self.decided_as)
    }

    /// Whether the day of the decision is still asked for: its source gives it, but not to the day.
    pub fn is_vague(&self) -> bool {
        self.decided().is_some_and(|decided| !decided.is_exact())
    }

    /// Last day of validity, as papers print it.
    pub fn last_day(&self) -> NaiveDate {
        self.valid_to.pred_opt().unwrap_or(self.valid_to)
    }

    /// Takes it back from a day on.
    ///
    /// # Errors
    /// A certificate that was taken back, has run out or had not begun; a day that has not come.
    pub fn withdraw(mut self, on: NaiveDate, reason: &str, decision: &str, today: NaiveDate) -> Result<Certificate, Refusal> {
        let refuse = |vi: String, en: String| {
            Err(Refusal::rule(
                "withdraw",
                both(vi, en),
                both("Hãy kiểm tra lại ngày và giấy chứng nhận.", "Check the day and the certificate."),
            ))
        };
        if let Some(day) = self.withdrawn_on {
            return refuse(
                format!("Giấy chứng nhận này đã bị thu hồi từ ngày {}.", date_vi(day)),
                format!("This certificate was withdrawn from {}.", date_vi(day)),
            );
        }
        if on > today {
            return refuse(format!("Ngày {} chưa đến.", date_vi(on)), format!("{} has not come.", date_vi(on)));
        }
        if on < self.valid_from || self.full_end() <= on {
            let last = self.full_end().pred_opt().unwrap_or(self.valid_to);
            return refuse(
                format!(
                    "Giấy chứng nhận có giá trị từ {} đến {}; không thể thu hồi từ ngày {}.",
                    date_vi(self.valid_from),
                    date_vi(last),
                    date_vi(on)
                ),
                format!(
                    "The certificate is valid from {} to {}; it cannot be withdrawn from {}.",
                    date_vi(self.valid_from),
                    date_vi(last),
                    date_vi(on)
                ),
            );
        }
        self.withdrawn_on = Some(on);
        self.withdrawn_reason = reason.to_owned();
        self.withdrawn_decision = decision.to_owned();
        Ok(self)
    }
}

/// How a product stands on a day: what follows from its certificates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing<'a> {
    /// State.
    pub state: State,
    /// The certificate that counts.
    pub certificate: Option<&'a Certificate>,
    /// Since which day; none where it never had a certificate.
    pub since: Option<NaiveDate>,
}

/// The standing on a day. Of several certificates the one that began last counts; of two that began on one day, the later entered.
pub fn standing(certificates: &[Certificate], on: NaiveDate) -> Standing<'_> {
    let counts = certificates
        .iter()
        .filter(|certificate| certificate.valid_from <= on)
        .max_by_key(|certificate| (certificate.valid_from, certificate.created_at, certificate.id.as_str()));
    let Some(certificate) = counts else { return Standing { state: State::None, certificate: None, since: None } };
    let state = certificate.state(on);
    let since = match state {
        State::Withdrawn | State::Lapsed => certificate.ends_on(),
        State::Live | State::None => certificate.valid_from,
    };
    Standing { state, certificate: Some(certificate), since: Some(since) }
}

/// What a product's row keeps of its certificates, on a day.
pub fn stamp(product: &mut Product, certificates: &[Certificate], on: NaiveDate) {
    let standing = standing(certificates, on);
    product.state = standing.state;
    product.stars = standing.certificate.map(|certificate| certificate.stars);
    product.valid_to = standing.certificate.map(Certificate::ends_on);
    // the set is one of the law of the day on which the product was recognised
    let set =
        group::read_set(&product.set_name, standing.certificate.and_then(|certificate| certificate.decided()?.earliest()).unwrap_or(on));
    if set.map_or("", |set| set.id.as_str()) != product.set_id {
        product.set_id = set.map(|set| set.id.clone()).unwrap_or_default();
    }
}
/// What a certificate says, before it is checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Claim {
    /// Stars.
    pub stars: Option<i64>,
    /// Score in hundredths.
    pub score: Option<i64>,
    /// Decision.
    pub decision_no: String,
    /// Its day, as exact as its source gives it.
    pub decided: Option<Edtf>,
    /// The recognition before it began on this day: it was decided later.
    pub after: Option<NaiveDate>,
    /// Number of the certificate.
    pub number: Option<String>,
    /// Last day of validity as printed.
    pub valid_until: Option<NaiveDate>,
    /// Body that recognised, as printed.
    pub recognised_by: String,
    /// Of what kind the recognition is, if stated.
    pub recognition: Option<Recognition>,
}

/// A field of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Hạng sao.
    Stars,
    /// Điểm.
    Score,
    /// Ngày quyết định.
    DecidedOn,
    /// Có giá trị đến.
    ValidUntil,
}

impl Claim {
    /// Whether nothing is said of a certificate.
    pub fn is_empty(&self) -> bool {
        self.stars.is_none()
            && self.score.is_none()
            && self.decision_no.is_empty()
            && self.decided.is_none()
            && self.number.is_none()
            && self.valid_until.is_none()
    }

    /// What is wrong with it, each with the part it is found in. `months` is how long a certificate is valid that
    /// names no last day.
    pub fn faults(&self, months: i64, today: NaiveDate) -> Vec<(Part, Both)> {
        let mut faults = Vec::new();
        let Some(scale) = scale::on(self.first_day().unwrap_or(today)) else { return faults };
        let stars = self.check_stars(scale, &mut faults);
        if let Some(score) = self.score {
            match (scale.check_score(score), stars) {
                (Err(text), _) => faults.push((Part::Score, text)),
                // a file of before a new scale may have been judged by the old one
                (Ok(()), Some(stars))
                    if scale::judging(self.last_day().unwrap_or(today)).all(|scale| scale.check_pair(stars, score).is_err()) =>
                {
                    faults.extend(scale.check_pair(stars, score).err().map(|text| (Part::Score, text)));
                }
                (Ok(()), Some(_)) => {}
                (Ok(()), None) => {}
            }
        }
        if let Some(decided) = self.decided {
            if decided.earliest().is_some_and(|day| day > today) {
                let (vi, en) = (decided.shown(Tongue::Vi), decided.shown(Tongue::En));
                let vi = if decided.is_exact() { format!("ngày {vi}") } else { vi };
                faults.push((
                    Part::DecidedOn,
                    both(format!("{vi} ở tương lai; hãy kiểm tra lại"), format!("{en} lies in the future; check it")),
                ));
            } else if decided.latest().is_none() {
                faults.push((
                    Part::DecidedOn,
                    both(
                        format!(
                            "“{}” không cho biết muộn nhất là khi nào; hãy ghi ngày, tháng hoặc năm của quyết định",
                            decided.shown(Tongue::Vi)
                        ),
                        format!("“{}” does not say by when; give the day, month or year of the decision", decided.shown(Tongue::En)),
                    ),
                ));
            } else if let Some(text) = decided.latest().and_then(|day| law::before_programme(day.year())) {
                faults.push((Part::DecidedOn, text));
            }
        }
        if let Some(last) = self.valid_until {
            match self.decided.and_then(|_| Some((self.first_day()?, self.last_day()?))) {
                Some((day, _)) if last < day => faults.push((
                    Part::ValidUntil,
                    both(
                        format!("hết hạn {} trước ngày công nhận {}; hãy kiểm tra hai ngày", date_vi(last), date_vi(day)),
                        format!("ends {} before it began {}; check both days", date_vi(last), date_vi(day)),
                    ),
                )),
                Some((_, day)) if end_of(day, months * 2).is_some_and(|far| far < last) => faults.push((
                    Part::ValidUntil,
                    both(
                        format!("hết hạn {} xa hơn {} tháng; hãy kiểm tra lại năm", date_vi(last), months * 2),
                        format!("ends {}, more than {} months away; check the year", date_vi(last), months * 2),
                    ),
                )),
                Some(_) => {}
                None if self.decided.is_some() => {}
                None => faults.push((
                    Part::DecidedOn,
                    both(
                        "có ngày hết hạn nhưng thiếu ngày công nhận; hãy ghi ngày quyết định",
                        "there is a last day but no first; give the day of the decision",
                    ),
                )),
            }
        }
        faults
    }

    fn check_stars(&self, scale: &Scale, faults: &mut Vec<(Part, Both)>) -> Option<i64> {
        let most = scale.thresholds.len();
        match self.stars {
            Some(stars) if scale.has(stars) => Some(stars),
            Some(stars) => {
                faults.push((
                    Part::Stars,
                    both(
                        format!("không có hạng {stars} sao; hãy ghi số từ 1 đến {most}"),
                        format!("there are no {stars} stars; write a number from 1 to {most}"),
                    ),
                ));
                None
            }
            None if self.number.is_some() || self.decided.is_some() => {
                faults.push((
                    Part::Stars,
                    both("thiếu hạng sao của giấy chứng nhận; hãy ghi số sao", "the certificate has no stars; write how many"),
                ));
                None
            }
            None => None,
        }
    }

    /// The first day on which it can have been decided: not before the programme began.
    pub fn first_day(&self) -> Option<NaiveDate> {
        let first = self.decided.and_then(|decided| decided.earliest().or_else(|| NaiveDate::from_ymd_opt(law::first_year(), 1, 1)))?;
        Some(self.after.and_then(|day| day.succ_opt()).map_or(first, |after| first.max(after)))
    }

    /// The last day on which it can have been decided.
    pub fn last_day(&self) -> Option<NaiveDate> {
        self.decided.and_then(Edtf::latest)
    }

    /// The certificate, once the claim has no faults; none where it tells no day, or too few stars to have one. Where the day of
    /// the decision is not exact, it is taken to be valid from the first day that can have been, and its months to run from the last.
    pub fn certificate(&self, product_id: &str, months: i64, source: &str, by: &str, now: DateTime<Utc>) -> Option<Certificate> {
        let valid_from = self.first_day()?;
        let stars = self.stars.filter(|stars| scale::on(valid_from).is_some_and(|scale| scale.certified_from <= *stars))?;
        let (valid_to, end_rule) = match self.valid_until {
            Some(last) => (last.succ_opt()?, term::PRINTED),
            None => (end_of(self.last_day()?, months)?, term::end_rule(self.last_day()?)),
        };
        let (decided_on, decided_as) = Edtf::columns(self.decided);
        Some(Certificate {
            id: crate::clock::new_id(),
            product_id: product_id.to_owned(),
            number: self.number.clone(),
            decision_no: self.decision_no.clone(),
            recognised_by: self.recognised_by.clone(),
            recognition: self.recognition.map_or("", Recognition::word).to_owned(),
            decided_as,
            decided_on,
            stars,
            score: self.score,
            valid_from,
            valid_to,
            end_rule: end_rule.to_owned(),
            file_no: String::new(),
            file_on: None,
            runs_to: None,
            file_refused_on: None,
            file_refused_no: String::new(),
            withdrawn_on: None,
            withdrawn_reason: String::new(),
            withdrawn_decision: String::new(),
            withdrawn_ground: String::new(),
            withdrawn_by: String::new(),
            source: source.to_owned(),
            created_by: by.to_owned(),
            created_at: now,
        })
    }
}
