//! Of what kind a recognition is, and which of a product's recognitions a source means. Pure.

use chrono::NaiveDate;

use super::model::{Certificate, Claim};
use crate::error::{Both, both};
use crate::text::{Edtf, Tongue, fold};
use crate::words;

words! {
    own read;
    /// Kinds of recognition.
    pub enum Recognition {
        /// Lần đầu.
        First = "first" / "lần đầu" / "first",
        /// Nâng hạng.
        Upgrade = "upgrade" / "nâng hạng" / "upgrade",
        /// Đánh giá lại, phân hạng lại: after the certificate's term.
        Regrading = "regrading" / "đánh giá lại" / "re-grading",
    }
}

impl Recognition {
    /// Reads the word, or what lists write.
    pub fn read(typed: &str) -> Option<Recognition> {
        let folded = fold(typed);
        let bare = ["cong nhan ", "danh gia phan hang ", "danh gia ", "phan hang ", "xep hang ", "cap "]
            .iter()
            .find_map(|verb| folded.strip_prefix(verb))
            .unwrap_or(&folded);
        match bare {
            "first" | "lan dau" | "lan dau tien" | "lan 1" | "lan thu nhat" | "moi" | "1" => Some(Recognition::First),
            "upgrade" | "nang hang" | "nang sao" | "nang hang sao" => Some(Recognition::Upgrade),
            "regrading" | "re grading" | "lai" | "tai cong nhan" | "tai danh gia" => Some(Recognition::Regrading),
            _ => None,
        }
    }

    /// Value and label for a select, with an empty one for what is not stated.
    pub fn choices() -> Vec<(String, String)> {
        std::iter::once((String::new(), "không nêu".to_owned()))
            .chain(Recognition::ALL.into_iter().map(|known| (known.word().to_owned(), known.name(Tongue::Vi).to_owned())))
            .collect()
    }

    /// The name of a stored word; empty where it is not stated.
    pub fn named(word: &str, lang: Tongue) -> &'static str {
        Recognition::ALL.into_iter().find(|known| known.word() == word).map_or("", |known| known.name(lang))
    }
}

impl Claim {
    /// Which of a product's certificates it means: by number, else by the day of the decision; where a day is not exact, by days
    /// that may be one, the same stars and decisions that do not say otherwise.
    ///
    /// # Errors
    /// It is not clear which of two recognitions came later.
    pub fn meant<'c>(&self, certificates: &'c [Certificate]) -> Result<Option<&'c Certificate>, Both> {
        let by_number = self.number.as_ref().and_then(|number| certificates.iter().find(|known| known.number.as_ref() == Some(number)));
        let day = self.decided.and_then(Edtf::day);
        let by_day = || day.and_then(|day| certificates.iter().find(|known| known.decided_as.is_empty() && known.valid_from == day));
        if let Some(known) = by_number.or_else(by_day) {
            return Ok(Some(known));
        }
        let meets = |known: &&Certificate| {
            let is_exact = known.decided_as.is_empty() && day.is_some();
            !is_exact && self.first_day() <= last_day(known) && Some(known.valid_from) <= self.last_day()
        };
        let is_alike = |known: &&Certificate| {
            self.stars.is_none_or(|stars| stars == known.stars)
                && (self.decision_no.is_empty() || known.decision_no.is_empty() || fold(&self.decision_no) == fold(&known.decision_no))
        };
        if let Some(known) = certificates.iter().filter(meets).find(is_alike) {
            return Ok(Some(known));
        }
        match certificates.iter().find(meets).zip(self.stars) {
            None => Ok(None),
            Some((known, stars)) => {
                let (shown, day) = (known.stars, decided(known, Tongue::Vi));
                Err(both(
                    format!(
                        "sổ đã có lần công nhận {shown} sao ({day}), dòng ghi {stars} sao mà ngày không đủ rõ để biết lần nào sau; hãy ghi ngày quyết định"
                    ),
                    format!(
                        "the register has a recognition of {shown} stars ({}), the row has {stars}, and the days do not tell which came later; give the day of the decision",
                        decided(known, Tongue::En)
                    ),
                ))
            }
        }
    }

    /// Whether a known certificate takes its days from this claim: not where the claim only gives the same day less exactly.
    pub fn dates_anew(&self, known: &Certificate) -> bool {
        let (Some(mine), Some(other)) = (self.decided, known.decided()) else { return self.decided.is_some() };
        if mine.is_exact() {
            return mine != other;
        }
        let (inner, outer) = ((mine.earliest(), mine.latest()), (other.earliest(), other.latest()));
        inner != outer && outer.0 <= inner.0 && inner.1 <= outer.1
    }
}

/// The last day on which a certificate can have been decided.
fn last_day(certificate: &Certificate) -> Option<NaiveDate> {
    Edtf::parse(&certificate.decided_as).and_then(Edtf::latest).or(Some(certificate.valid_from))
}

/// When a certificate was decided, as far as its source says: "05/08/2026", "năm 2025".
pub fn decided(certificate: &Certificate, lang: Tongue) -> String {
    certificate.decided().unwrap_or(Edtf::exact(certificate.valid_from)).shown(lang)
}
