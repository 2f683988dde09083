//! Sample connections for whoever tries the system out: goods on the shelves of sample points and proposals that wait, by the
//! same rules as people's steps.

use chrono::{Days, NaiveDate};

use super::model::{Connection, Place, Side, Stage, Taken};
use super::store;
use super::zone::may_begin;
use crate::db::Tx;
use crate::error::Result;
use crate::journal::Note;
use crate::state::App;
use crate::{point, product};

/// Product, point, how many days ago it was proposed, and whether it stands on the shelf since a week later.
const SAMPLES: [(&str, &str, u64, bool); 8] = [
    ("MAU-SP-01", "MAU-11", 90, true),
    ("MAU-SP-02", "MAU-11", 60, true),
    ("MAU-SP-06", "MAU-11", 45, true),
    ("MAU-SP-08", "MAU-11", 30, true),
    ("MAU-SP-06", "MAU-12", 50, true),
    ("MAU-SP-10", "MAU-12", 35, true),
    ("MAU-SP-12", "MAU-11", 12, false),
    ("MAU-SP-08", "MAU-12", 5, false),
];

async fn step(tx: &mut Tx, connection: &Connection, stage: Stage, day: NaiveDate, side: Side) -> Result<()> {
    let taken =
        Taken {
            seq: 0, stage: stage.word().into(), day, by_side: side.word().into(), by_name: "Dữ liệu mẫu".into(), note: String::new()
        };
    store::add_step(tx, &connection.id, &taken).await?;
    Ok(())
}

/// Adds the sample connections; those of which product or point is missing are left out.
pub async fn sample(tx: &mut Tx, app: &App) -> Result<()> {
    let (now, today) = (app.clock().now(), app.clock().today());
    let law = store::zone_law(tx).await?;
    for (product, point, ago, stands) in SAMPLES {
        let (Some(product), Some(point)) = (product::store::find_by_code(tx, product).await?, point::store::find_by_code(tx, point).await?)
        else {
            continue;
        };
        let day = today - Days::new(ago);
        let proposed = Connection::proposed(&product, &Place::Point(point.id.clone()), Side::Producer, day, "demo", now);
        store::add(tx, &proposed).await?;
        step(tx, &proposed, Stage::Proposed, day, Side::Producer).await?;
        if stands {
            let day = day + Days::new(7);
            let certificates = product::store::certificates(tx, &product.id).await?;
            let agreed = proposed.clone().agree(product.price, "Ký gửi, đối soát hằng tháng", day, today)?;
            let shelved = agreed.put_on_shelf(may_begin(&law, &certificates, &[], day), day, today)?;
            store::save(tx, &proposed, &shelved, now).await?;
            step(tx, &shelved, Stage::Agreed, day, Side::Seller).await?;
            step(tx, &shelved, Stage::OnShelf, day, Side::Seller).await?;
        }
        Note::of("connect_propose", ("connection", &proposed.id), serde_json::json!({"demo": true}))
            .by_name(tx, now, ("demo", "Dữ liệu mẫu"))
            .await?;
    }
    Ok(())
}
