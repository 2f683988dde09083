//! Codes of products: province, commune, serial kept by the commune, year of grading. When a code is given and whether the serial
//! begins anew each year is local and stands in the settings; until somebody sets it, nothing is given by itself.

use chrono::Datelike;

use super::model::Dossier;
use crate::db::{Tx, fact};
use crate::error::Result;
use crate::journal::Note;
use crate::page::Visit;
use crate::product::code::{self, Printed};
use crate::{fetch_all, product, setting};

/// Setting: 0 gives no codes, 1 with the commune's report.
const MOMENT: &str = "product_code_moment";
/// Setting: whether the serial begins anew each year.
const RESTART: &str = "product_code_restart";

/// The highest serial that the codes of the register already bear.
async fn highest(tx: &mut Tx, province: &str, commune: &str, year: Option<i32>) -> Result<i64> {
    let begin = format!("{province}-{commune}-%");
    let codes = fetch_all!(tx, (String,), "select code from product where code like $1", begin)?;
    let known = codes.iter().filter_map(|(code,)| Printed::read(code)).filter(|printed| year.is_none_or(|year| printed.year == year));
    Ok(known.map(|printed| i64::from(printed.serial)).max().unwrap_or_default())
}

/// The next serial of a commune: nobody gets it twice, and none is left out, whoever writes at once.
async fn next(tx: &mut Tx, province: &str, commune: &str, year: Option<i32>) -> Result<i64> {
    let name = format!("product_serial_{commune}_{}", year.unwrap_or_default());
    let begun = highest(tx, province, commune, year).await?;
    loop {
        let serial = fact::next_number(tx, &name).await?;
        if serial > begun {
            return Ok(serial);
        }
    }
}

/// Gives the product of a dossier its code, if codes are given now and it bears none of this form.
pub async fn give(tx: &mut Tx, visit: &Visit, dossier: &Dossier) -> Result<Option<String>> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    if setting::value(tx, MOMENT, today).await? != 1 || code::form().is_none() {
        return Ok(None);
    }
    let region = visit.app.region();
    let (Some(unit), province) = (dossier.unit_id.as_deref().and_then(|unit| region.get(unit)), region.province()) else { return Ok(None) };
    let Some(before) = product::store::find(tx, &dossier.product_id).await?.filter(|product| Printed::read(&product.code).is_none()) else {
        return Ok(None);
    };
    let restarts = setting::value(tx, RESTART, today).await? == 1;
    let serial = next(tx, &province.code, &unit.code, restarts.then(|| today.year())).await?;
    let printed = format!("{}-{}-{serial}-{}", province.code, unit.code, today.year());
    let after = product::Product { code_fold: code::fold(&printed), code: printed, ..before.clone() };
    if product::store::save(tx, &before, &after, now).await? == 0 {
        return Err(crate::error::Refusal::stale().into());
    }
    let detail = serde_json::json!({"set": {"code": after.code}, "before": before.code});
    Note::of("give_code", ("product", &after.id), detail).by(tx, now, &visit.actor).await?;
    Ok(Some(after.code))
}
