//! What waits at points: for the reader, or for others while the reader looks on.

use super::list::{self, Row};
use super::model::State;
use crate::access::{Act, Actor, Scope, Voice};
use crate::db::Tx;
use crate::error::Result;
use crate::page::{Todo, TodoRow, Visit, Whose};

/// So many of each kind are read for the work list.
const MOST: i64 = 30;

/// States in which a point concerns the reader: whose turn it is, what there is to do, where all of them are done.
fn shares(actor: &Actor) -> Vec<(State, Whose, &'static str)> {
    use State::{Accepted, Draft, Nominated, Preparing, Returned, Selected, Surveyed};
    use Whose::{Decide, Do, Wait};
    let accepts = actor.can("accept");
    match actor.voice() {
        Some(Voice::Business) => {
            vec![(Draft, Do, "Cần điền, gửi hồ sơ"), (Returned, Do, "Cần bổ sung hồ sơ"), (Preparing, Do, "Cần chuẩn bị")]
        }
        Some(Voice::Commune) => vec![
            (Draft, Decide, "Cần xem hồ sơ"),
            (Returned, Wait, "Chờ cơ sở bổ sung"),
            (Selected, Do, "Cần bắt đầu chuẩn bị"),
            (Preparing, Do, "Cần chuẩn bị, khai trương"),
        ],
        Some(Voice::Association) => vec![(Draft, Do, "Cần đề nghị"), (Returned, Do, "Cần bổ sung hồ sơ")],
        Some(Voice::City) if accepts && actor.may(Act::HearOfPoints) => vec![
            (Nominated, Decide, "Cần tiếp nhận"),
            (Accepted, Do, "Cần khảo sát"),
            (Selected, Wait, "Chờ xã, phường chuẩn bị"),
            (Preparing, Wait, "Xã, phường đang chuẩn bị"),
        ],
        Some(Voice::City) if actor.may(Act::Survey) => vec![(Accepted, Do, "Cần khảo sát")],
        Some(Voice::City) if actor.may(Act::Select) => {
            vec![(Surveyed, Decide, "Cần quyết định"), (Nominated, Wait, "Chờ tiếp nhận"), (Selected, Wait, "Chờ xã, phường chuẩn bị")]
        }
        _ => Vec::new(),
    }
}

/// Whether points on their way concern the reader at all.
pub fn concerns(actor: &Actor) -> bool {
    !shares(actor).is_empty()
}

/// What waits.
pub async fn todo(tx: &mut Tx, visit: &Visit) -> Result<Vec<Todo>> {
    let (actor, scope) = (&visit.actor, visit.actor.scope());
    let mut todos = Vec::new();
    for (state, whose, deed) in shares(actor) {
        let rows = list::waiting(tx, &scope, state, MOST).await?;
        let count = match rows.len() as i64 {
            few if few < MOST => few,
            _ => list::counts(tx, &scope).await?.into_iter().find(|(known, _)| *known == state).map_or(MOST, |(_, n)| n),
        };
        let all = if state == State::Surveyed && actor.may(Act::ReadSelections) {
            "/lua-chon".to_owned()
        } else {
            format!("/ho-so?state={}", state.word())
        };
        let id = match state {
            State::Nominated => "s-nominated",
            State::Accepted => "s-accepted",
            State::Surveyed => "s-surveyed",
            State::Selected => "s-selected",
            State::Preparing => "s-preparing",
            State::Returned => "s-returned",
            _ => "s-draft",
        };
        let rows = rows.into_iter().map(|row| waiting(row, state)).collect();
        todos.push(Todo { id, title: deed.into(), count, rows, all, deed, whose });
    }
    if let Scope::Body(body) = &scope {
        let rows: Vec<TodoRow> = list::elsewhere(tx, body, MOST).await?.into_iter().map(elsewhere).collect();
        let count = rows.len() as i64;
        todos.push(Todo {
            id: "elsewhere",
            title: "Điểm đang chờ nơi khác".into(),
            count,
            rows,
            all: String::new(),
            deed: "Chờ nơi khác",
            whose: Whose::Wait,
        });
    }
    if actor.is(Voice::Commune) {
        let rows: Vec<TodoRow> = list::unclear(tx, &scope, MOST).await?.into_iter().map(unclear).collect();
        let count = rows.len() as i64;
        todos.push(Todo {
            id: "unclear",
            title: "Địa chỉ cũ có thể thuộc địa bàn".into(),
            count,
            rows,
            all: String::new(),
            deed: "Cần trả lời đơn vị mới",
            whose: Whose::Do,
        });
    }
    Ok(todos)
}

fn line(row: &Row) -> String {
    let parts = [row.code.as_str(), &row.address, if row.demo { "dữ liệu mẫu" } else { "" }];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

fn waiting(row: Row, state: State) -> TodoRow {
    let page = if state == State::Preparing { "/chuan-bi" } else { "" };
    TodoRow {
        due: row.due_on,
        since: Some(row.state_since),
        href: format!("/ho-so/{}{page}", row.id),
        place: line(&row),
        title: row.name,
        chip: None,
    }
}

fn elsewhere(row: Row) -> TodoRow {
    let holder = match row.state {
        State::Draft => "đã gửi, chờ xã, phường xem",
        State::Nominated => "chờ Sở Công Thương tiếp nhận",
        State::Accepted => "chờ khảo sát tại chỗ",
        State::Surveyed => "chờ lãnh đạo Sở Công Thương quyết định",
        _ => "chờ xã, phường bắt đầu chuẩn bị",
    };
    TodoRow {
        due: None,
        since: Some(row.state_since),
        href: format!("/ho-so/{}", row.id),
        place: row.code,
        title: row.name,
        chip: Some(("quiet", holder.to_owned())),
    }
}

fn unclear(row: Row) -> TodoRow {
    TodoRow { due: None, since: Some(row.state_since), href: format!("/ho-so/{}", row.id), place: line(&row), title: row.name, chip: None }
}
