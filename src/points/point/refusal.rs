//! Why a step was refused, in words for people. Pure.

use super::model::{State, Step};
use crate::error::{Both, Refusal, both};
use crate::text::Tongue;

/// Why a step or a change was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PointRefusal {
    /// The point is not in a state from which the step can be taken.
    WrongState {
        /// The step.
        step: Step,
        /// Where the point is.
        state: State,
    },
    /// Fields that the step needs are empty.
    Missing(Vec<Both>),
    /// A day that cannot be.
    Day(Both),
    /// The record can no longer be edited in this state.
    Fixed(State),
}

impl From<PointRefusal> for Refusal {
    fn from(refusal: PointRefusal) -> Refusal {
        match refusal {
            PointRefusal::WrongState { step: _, state } => Refusal::rule(
                "wrong-state",
                both(
                    format!("Hồ sơ đang ở trạng thái “{}” nên không làm được bước này.", state.name(Tongue::Vi)),
                    format!("The record is “{}”, so this step cannot be taken.", state.name(Tongue::En)),
                ),
                both(
                    "Hãy mở lại hồ sơ để xem trạng thái mới và các bước có thể làm.",
                    "Open the record again to see its state and the steps it allows.",
                ),
            ),
            PointRefusal::Missing(fields) => {
                let list = |lang: Tongue| fields.iter().map(|field| field.get(lang).to_owned()).collect::<Vec<_>>().join(", ");
                Refusal::rule(
                    "missing",
                    both(format!("Hồ sơ còn thiếu: {}.", list(Tongue::Vi)), format!("The record lacks: {}.", list(Tongue::En))),
                    both("Hãy bổ sung các mục này rồi làm lại bước vừa chọn.", "Fill these in, then take the step again."),
                )
            }
            PointRefusal::Day(text) => Refusal::rule("day", text, both("Hãy sửa ngày rồi gửi lại.", "Correct the date and send again.")),
            PointRefusal::Fixed(state) => Refusal::rule(
                "fixed",
                both(
                    format!("Hồ sơ đang ở trạng thái “{}”, không sửa trực tiếp được.", state.name(Tongue::Vi)),
                    format!("The record is “{}” and cannot be edited directly.", state.name(Tongue::En)),
                ),
                both("Hãy đề nghị đơn vị đang xử lý trả lại để bổ sung.", "Ask the body that handles it to return it."),
            ),
        }
    }
}
