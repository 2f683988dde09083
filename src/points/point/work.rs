//! What waits at points: for the reader, or for others while the reader looks on.

use super::list::{self, Row};
use super::model::{State, Step};
use super::pages::{alike_to, load};
use crate::access::{Act, Actor, Scope, Voice};
use crate::db::Tx;
use crate::error::Result;
use crate::page::{Quick, Todo, TodoRow, Visit, Whose};
use crate::{file, party};

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

/// So many records that may be the same are named.
const ALIKE: usize = 2;

/// The plain step of a record that its reader usually takes, with what one has to know for it; nothing where the whole record
/// has to be opened.
pub async fn quick(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Option<Quick>> {
    let point = load(tx, visit, id).await?;
    let steps = Step::open_to(&visit.actor, &point);
    let Some((step, words)) = [(Step::Nominate, "Đề cử"), (Step::Accept, "Tiếp nhận")].into_iter().find(|(step, _)| steps.contains(step))
    else {
        return Ok(None);
    };
    let operator = match &point.operator_id {
        Some(body) => party::store::find(tx, body).await?,
        None => None,
    };
    let tax_code = operator.as_ref().and_then(|body| body.tax_code.clone()).unwrap_or_default();
    let near = alike_to(tx, &visit.actor, &point, &tax_code).await?;
    let photos = file::of(tx, "point", id).await?.len();
    let more = near.len().saturating_sub(ALIKE);
    let mut warnings: Vec<String> =
        near.into_iter().take(ALIKE).map(|(near, why)| format!("Có thể trùng: {} ({}; {why})", near.name, near.code)).collect();
    if more > 0 {
        warnings.push(format!("và {more} hồ sơ khác gần giống"));
    }
    let missing: Vec<String> = point.missing().into_iter().map(|both| both.get(visit.lang).to_owned()).collect();
    if !missing.is_empty() {
        warnings.push(format!("Còn thiếu: {}", missing.join(", ")));
    }
    let contact = [point.contact.as_str(), &point.phone].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
    let place = if point.pin().is_some() { "đã ghim trên bản đồ" } else { "chưa ghim trên bản đồ" };
    let path = format!("/ho-so/{id}/buoc");
    Ok(Some(Quick {
        facts: vec![
            ("Loại hình", super::model::kind_name(&point.kind, visit.lang).to_owned()),
            ("Đơn vị vận hành", operator.map(|body| body.name).unwrap_or_default()),
            ("Liên hệ", contact),
            ("Hàng hóa", point.goods.clone()),
            ("Ảnh, vị trí", format!("{photos} ảnh, {place}")),
        ],
        warnings,
        version: point.version,
        presses: if missing.is_empty() { vec![(words, format!("{path}/{}", step.word()))] } else { Vec::new() },
        with_words: steps.contains(&Step::Return).then(|| ("Cần bổ sung gì", "Trả lại", format!("{path}/{}", Step::Return.word()))),
    }))
}
