//! What a new store still lacks before its people can work: the administrator's first page says it, in the order in which it is done.

use chrono::Datelike;

use crate::access::{Act, Voice, store as access};
use crate::db::Tx;
use crate::error::Result;
use crate::fetch_one;
use crate::page::Visit;
use crate::rule::{self, Applies};

/// One thing to set up.
pub struct Step {
    /// What.
    pub title: &'static str,
    /// How far it is.
    pub state: String,
    /// Whether it is done.
    pub done: bool,
    /// Where it is done.
    pub href: &'static str,
}

/// The steps, for an administrator, while any is left.
pub async fn steps(tx: &mut Tx, visit: &Visit) -> Result<Vec<Step>> {
    if !visit.actor.may(Act::KeepPeople) {
        return Ok(Vec::new());
    }
    let today = visit.app.clock().today();
    let (leaders, _) = access::count_people(tx, Act::Select, today).await?;
    let (staff, _) = access::count_people(tx, Act::Survey, today).await?;
    let (_, served) = access::count_people(tx, Voice::Commune, today).await?;
    let communes = visit.app.region().communes(today).len() as i64;
    let (associations,) =
        fetch_one!(tx, (i64,), "select count(*) from body where kind = 'association' and (valid_to is null or valid_to > $1)", today)?;
    let (plans,) = fetch_one!(tx, (i64,), "select count(*) from plan where year = $1", i64::from(today.year()))?;
    let (outlets,) = fetch_one!(tx, (i64,), "select count(*) from outlet")?;
    let (unplaced,) = fetch_one!(
        tx,
        (i64,),
        "select count(*) from (select 1 from point where state in ('operating', 'suspended') and unit_today is null limit 1000) found"
    )?;
    let sets = rule::store::sets(tx).await?;
    let applications = rule::store::applications(tx).await?;
    let (law, has_law) = match rule::applicable(&sets, &applications, today) {
        Applies::InForce { base, .. } => (format!("{} đang có hiệu lực", rule::plain(base.number())), true),
        Applies::ByDecision { base, .. } => (format!("đang vận dụng {}", rule::plain(base.number())), true),
        Applies::Gap(_) => ("hôm nay không có bộ nào: lãnh đạo ghi quyết định vận dụng, hoặc soạn bộ mới".to_owned(), false),
    };
    let step = |title, state: String, done, href| Step { title, state, done, href };
    let steps = vec![
        step(
            "Lãnh đạo và cán bộ của Sở",
            format!("{leaders} lãnh đạo, {staff} cán bộ khảo sát"),
            leaders > 0 && staff > 0,
            "/nguoi-dung/moi",
        ),
        step("Người dùng của xã, phường", format!("{served} trong {communes} xã, phường"), served >= communes, "/nhap/nguoi-dung"),
        step("Hội, hiệp hội", format!("{associations} hội, hiệp hội trong danh sách cơ quan"), associations > 0, "/co-quan"),
        step("Bộ tiêu chí áp dụng hôm nay", law, has_law, "/bo-tieu-chi"),
        step(
            "Kế hoạch của năm",
            if plans > 0 {
                format!("{plans} kế hoạch năm {}", today.year())
            } else {
                format!("chưa có kế hoạch năm {}; lãnh đạo hoặc cán bộ Sở thêm", today.year())
            },
            plans > 0,
            "/ke-hoach",
        ),
        step("Cổng, trang đăng điểm bán", format!("{outlets} cổng"), outlets > 0, "/cong-bo"),
        step(
            "Điểm đang hoạt động chưa rõ xã, phường",
            if unplaced == 0 { "không có".to_owned() } else { format!("{unplaced} điểm") },
            unplaced == 0,
            "/ho-so",
        ),
    ];
    Ok(if steps.iter().all(|step| step.done) { Vec::new() } else { steps })
}
