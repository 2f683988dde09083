//! Whose turn it is with a point, and what there is to do: one answer for mails, records and lists. Pure.

use super::model::{Point, State};
use crate::error::{Both, both};

/// Who may have the next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// Whoever runs the point.
    Business,
    /// The commune where it lies.
    Commune,
    /// The association that stands by it, or put it forward.
    Association,
    /// Those who take registrations on.
    Department,
    /// Those who survey.
    Survey,
    /// Those who decide.
    Leader,
}

impl Side {
    /// As a sentence calls it.
    pub fn name(self) -> Both {
        match self {
            Side::Business => both("cơ sở", "the business"),
            Side::Commune => both("xã, phường", "the commune"),
            Side::Association => both("hội, hiệp hội đề nghị", "the association"),
            Side::Department => both("Sở Công Thương tiếp nhận", "the department"),
            Side::Survey => both("cán bộ khảo sát", "the surveyors"),
            Side::Leader => both("lãnh đạo Sở Công Thương", "the leaders of the department"),
        }
    }
}

/// What one side does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Who.
    pub side: Side,
    /// What, as in "hãy …".
    pub deed: Both,
}

/// Who put a point forward, as far as it matters for whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// Whoever runs it, by itself.
    Business,
    /// The commune.
    Commune,
    /// An association.
    Association,
    /// The city.
    City,
}

impl Point {
    /// Who does what next; the first is waited for most. Empty: nothing is waited for.
    pub fn turns(&self, author: Author) -> Vec<Turn> {
        let turn = |side: Side, vi: &'static str, en: &'static str| Turn { side, deed: both(vi, en) };
        let own = match author {
            Author::Business => Side::Business,
            Author::Commune => Side::Commune,
            Author::Association => Side::Association,
            Author::City => Side::Department,
        };
        match self.state {
            State::Draft if self.submitted_at.is_some() => vec![turn(
                Side::Commune,
                "xem hồ sơ, rồi đề nghị lên Sở Công Thương hoặc trả lại để bổ sung",
                "look at the record, then put it forward or return it",
            )],
            State::Draft => vec![turn(own, "điền nốt hồ sơ rồi gửi đi", "complete the record and send it")],
            State::Nominated => vec![turn(Side::Department, "tiếp nhận hồ sơ hoặc trả lại để bổ sung", "take the record on or return it")],
            State::Returned => {
                let mut turns =
                    vec![turn(Side::Business, "bổ sung theo nội dung trả lại rồi gửi lại", "add what was asked for and send it again")];
                match author {
                    Author::Association => turns.push(turn(
                        Side::Association,
                        "cùng cơ sở bổ sung rồi đề nghị lại",
                        "complete it together and put it forward again",
                    )),
                    Author::City => {
                        turns.push(turn(Side::Department, "bổ sung hồ sơ rồi đề nghị lại", "complete the record and put it forward again"))
                    }
                    Author::Business | Author::Commune => {}
                }
                turns.push(turn(Side::Commune, "giúp cơ sở bổ sung hồ sơ", "help the business to complete it"));
                turns
            }
            State::Accepted => vec![turn(Side::Survey, "khảo sát tại chỗ theo bộ tiêu chí", "survey it on site by the criteria")],
            State::Surveyed => vec![turn(Side::Leader, "quyết định lựa chọn hoặc chưa chọn", "decide")],
            State::Selected => vec![
                turn(Side::Commune, "bắt đầu chuẩn bị, đặt hạn khai trương", "begin preparation and set the deadline"),
                turn(Side::Department, "theo dõi việc bắt đầu chuẩn bị", "see that preparation begins"),
            ],
            State::Declined => {
                let mut turns = vec![turn(
                    Side::Business,
                    "khắc phục các nội dung nêu trong hướng dẫn, rồi đề nghị khảo sát lại",
                    "put right what the guidance names and ask for another survey",
                )];
                if author == Author::Association {
                    turns.push(turn(
                        Side::Association,
                        "giúp cơ sở khắc phục, rồi đề nghị khảo sát lại",
                        "help to put it right and ask for another survey",
                    ));
                }
                turns.push(turn(
                    Side::Commune,
                    "theo dõi việc khắc phục, đề nghị khảo sát lại khi đã xong",
                    "follow what is put right and ask for another survey",
                ));
                turns
            }
            State::Preparing => vec![
                turn(Side::Business, "làm các mục chuẩn bị còn lại", "do what is left of the preparation"),
                turn(Side::Commune, "đánh dấu các mục đã xong và ghi khai trương", "tick what is done and record the opening"),
            ],
            State::Suspended => {
                vec![turn(Side::Commune, "xác nhận khi điểm hoạt động lại hoặc đã đóng", "say when it runs again or has closed")]
            }
            State::Lead | State::Operating | State::Closed | State::Withdrawn => Vec::new(),
        }
    }

    /// What a registration is called while it waits: a draft that was sent is no draft to whoever sent it.
    pub fn standing(&self) -> Both {
        if self.state == State::Draft && self.submitted_at.is_some() {
            return both("Đã gửi, chờ xã, phường xem", "Sent, waits for the commune");
        }
        both(self.state.name(crate::text::Tongue::Vi), self.state.name(crate::text::Tongue::En))
    }

    /// What has just happened, told to whoever follows the point.
    pub fn happened(&self) -> Both {
        let (vi, en) = match self.state {
            State::Lead => ("được ghi là địa điểm tiềm năng", "was noted as a possible place"),
            State::Draft if self.submitted_at.is_some() => ("đã được gửi đến xã, phường", "was sent to the commune"),
            State::Draft => ("đang được lập", "is being written"),
            State::Nominated => ("đã được đề nghị lên Sở Công Thương", "was put forward to the department"),
            State::Returned => ("được trả lại để bổ sung", "was returned to be completed"),
            State::Accepted => ("đã được Sở Công Thương tiếp nhận để khảo sát", "was taken on for a survey"),
            State::Surveyed => ("đã khảo sát xong", "was surveyed"),
            State::Selected => ("được lựa chọn làm điểm OCOP", "was selected"),
            State::Declined => ("chưa được lựa chọn", "was not selected"),
            State::Preparing => ("bắt đầu chuẩn bị khai trương", "is being prepared"),
            State::Operating => ("đang hoạt động", "is open"),
            State::Suspended => ("tạm ngừng hoạt động", "has stopped for a time"),
            State::Closed => ("đã đóng cửa", "has closed"),
            State::Withdrawn => ("đã được rút", "was withdrawn"),
        };
        both(vi, en)
    }
}
