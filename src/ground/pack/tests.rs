//! An old store learns the law anew; a store made under one law is opened by a program with another.

use std::collections::BTreeMap;

use chrono::{Duration, NaiveDate};

use crate::db::{Tx, fact};
use crate::law::{Books, Entry, Source, store as entries};
use crate::pack;
use crate::party;
use crate::rule::store;
use crate::store_test;
use crate::testing::{TestApp, begin, begin_day};
use crate::{execute, fetch_all, journal, region, setting};

const NEW: &str = "26-2026-qd-ttg";
const OLD: &str = "148-qd-ttg-2023";

/// Makes the law of a store what programs of before 26/2026 wrote: they kept a digest of each instrument and no entries.
async fn age(app: &TestApp) {
    let mut tx = app.db().write().await.unwrap();
    execute!(&mut tx, "delete from instrument where id in ('26-2026-qd-ttg', '91-2015-qh13')").unwrap();
    execute!(
        &mut tx,
        "update instrument set valid_to = null, note = 'Được sửa bởi 1489/QĐ-TTg ngày 06/7/2025.' where id = '148-qd-ttg-2023'"
    )
    .unwrap();
    execute!(&mut tx, "update instrument set valid_to = null, note = 'Hai cấp: tỉnh và trung ương.' where id = '1489-qd-ttg-2025'")
        .unwrap();
    execute!(&mut tx, "delete from meta where name like 'law%'").unwrap();
    execute!(&mut tx, "delete from law_entry").unwrap();
    tx.commit().await.unwrap();
}

async fn sync(tx: &mut Tx, books: &Books, after: i64) -> crate::error::Result<pack::Learnt> {
    pack::sync(tx, books, &crate::app::lists(), begin() + Duration::days(after)).await
}

/// The law of this program with some of its files said otherwise.
fn law_with(changes: &[(&str, &dyn Fn(&str) -> String)]) -> Books {
    let books = Books::new(None);
    let texts: BTreeMap<String, String> =
        changes.iter().map(|(name, change)| ((*name).to_owned(), change(&books.law.must(name).unwrap()))).collect();
    Books { law: Source::Texts(texts, Box::new(books.law.clone())), ..books }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

async fn zone(tx: &mut Tx, id: &str, on: &str) -> Option<Entry> {
    entries::on(tx, "products/zone.toml basis", id, day(on)).await.unwrap()
}

store_test! {
    async fn an_old_store_learns_the_law_once_and_the_journal_tells_what(app: TestApp) {
        age(app).await;
        let mut tx = app.db().write().await.unwrap();
        let own = setting::Value { valid_from: begin_day(), value: 45, reason: "Công văn".into(), set_by: "x".into(), set_at: begin() };
        setting::set(&mut tx, "certificate_notice_last", &own).await.unwrap();
        let learnt = sync(&mut tx, &Books::new(None), 0).await.unwrap();
        assert_eq!(learnt.changed, ["148/QĐ-TTg", "1489/QĐ-TTg"]);
        let told = learnt.lines(crate::text::Tongue::Vi).join("\n");
        assert!(told.contains("26/2026/QĐ-TTg") && told.contains("Có thay đổi: 148/QĐ-TTg"), "{told}");
        tx.commit().await.unwrap();

        let mut tx = app.db().read().await.unwrap();
        let (known, supersedes) = store::instrument_whole(&mut tx, NEW).await.unwrap().unwrap();
        assert_eq!((known.valid_from, supersedes.as_str()), (Some(day("2026-05-22")), "148-qd-ttg-2023 1489-qd-ttg-2025"));
        assert_eq!(store::instrument(&mut tx, OLD).await.unwrap().unwrap().valid_to, Some(day("2026-07-22")));
        assert_eq!(setting::value(&mut tx, "certificate_notice_last", begin_day()).await.unwrap(), 45, "what an administrator set");
        drop(tx);
        for id in [NEW, OLD, "1489-qd-ttg-2025", "91-2015-qh13"] {
            assert_eq!(app.verbs("instrument", id).await, ["learn_instrument"], "{id}");
        }
        let (lines, metas) = (app.rows_of("journal").await, app.rows_of("meta").await);

        let mut tx = app.db().write().await.unwrap();
        assert!(sync(&mut tx, &Books::new(None), 1).await.unwrap().is_empty());
        tx.commit().await.unwrap();
        assert_eq!((app.rows_of("journal").await, app.rows_of("meta").await), (lines, metas), "the second time changes nothing");
    }

    async fn what_was_changed_in_the_store_is_left_alone_and_told(app: TestApp) {
        let newer = law_with(&[("decisions.toml", &|text| text.replace("note = \"", "note = \"Bản mới. "))]);
        let mut tx = app.db().write().await.unwrap();
        execute!(&mut tx, "update instrument set note = 'Ý kiến của Sở' where id = '148-qd-ttg-2023'").unwrap();
        let learnt = sync(&mut tx, &newer, 1).await.unwrap();
        assert_eq!(learnt.kept, ["148/QĐ-TTg"]);
        assert!(learnt.changed.iter().any(|number| number == "950/QĐ-BCT"), "{learnt:?}");
        assert_eq!(store::instrument(&mut tx, OLD).await.unwrap().unwrap().note, "Ý kiến của Sở");
        assert!(sync(&mut tx, &newer, 2).await.unwrap().is_empty(), "it is told once");
    }

    async fn a_store_made_under_one_law_answers_a_past_day_by_it_under_the_next(app: TestApp) {
        let today = begin_day();
        let mut tx = app.db().write().await.unwrap();
        assert_eq!(zone(&mut tx, "safe_vegetables", "2026-11-01").await.unwrap().period.to, None);
        // law B: vegetables leave the zone next year, something new comes
        let ends = "valid_from = \"2020-08-03\"\nvalid_to = \"2027-01-01\"";
        let more = "\n[[basis]]\nid = \"green\"\nname = \"Sản phẩm xanh\"\nen = \"Green\"\npaper = true\ninstrument = \"950-qd-bct-2023\"\nvalid_from = \"2027-01-01\"\nclause = \"x\"\ncriterion = \"P9\"\nalso = []\nconfidence = \"B\"\n";
        let b = law_with(&[("products/zone.toml", &|text| text.replace("valid_from = \"2020-08-03\"", ends) + more)]);
        let learnt = sync(&mut tx, &b, 1).await.unwrap();
        assert_eq!((learnt.added.as_slice(), learnt.changed.as_slice()), (["Sản phẩm xanh".to_owned()].as_slice(), ["Rau an toàn".to_owned()].as_slice()));
        let line = journal::history(&mut tx, "law", "products/zone.toml basis/safe_vegetables", i64::MAX, 1).await.unwrap().remove(0);
        assert!(line.detail.contains("\"valid_to\":{\"from\":null,\"to\":\"2027-01-01\"}"), "both values: {}", line.detail);
        assert!(zone(&mut tx, "safe_vegetables", "2026-11-01").await.is_some() && zone(&mut tx, "safe_vegetables", "2027-01-01").await.is_none());
        assert!(zone(&mut tx, "green", "2026-11-01").await.is_none() && zone(&mut tx, "green", "2027-01-01").await.is_some());

        // law C says of past days what was not so: it is refused as a whole
        for (what, file, change) in [
            ("an entry that held is gone", "products/zone.toml", &(|text: &str| text.replace("id = \"key_product\"", "id = \"chief_product\"")) as &dyn Fn(&str) -> String),
            ("three stars were enough", "products/zone.toml", &|text| text.replace("stars_from = 3", "stars_from = 4")),
            ("it ended before today", "products/zone.toml", &|text| text.replace("valid_from = \"2020-08-03\"", "valid_from = \"2020-08-03\"\nvalid_to = \"2026-01-01\"")),
            ("other scores", "products/stars.toml", &|text| text.replacen("[0, 30, 50, 70, 90]", "[0, 30, 50, 75, 90]", 1)),
            ("not even read", "products/aid.toml", &|text| text.replacen("[[kind]]", "[[kinds]]", 1)),
            ("an instrument nobody knows", "products/groups.toml", &|text| text.replacen("148-qd-ttg-2023", "999-qd", 1)),
        ] {
            let lines = journal::head(&mut tx).await.unwrap().0;
            assert!(sync(&mut tx, &law_with(&[(file, change)]), 2).await.is_err(), "{what}");
            assert_eq!(journal::head(&mut tx).await.unwrap().0, lines, "{what}: nothing was written");
        }
        let reason = "stars_from = 4\ncorrected = \"2026-11-26: chép sai, đối chiếu Công báo\"";
        let corrected = law_with(&[("products/zone.toml", &|text| text.replace("valid_from = \"2020-08-03\"", ends).replace("stars_from = 3", reason) + more)]);
        assert_eq!(sync(&mut tx, &corrected, 2).await.unwrap().changed, ["Giấy chứng nhận OCOP còn hiệu lực"]);
        let line = journal::history(&mut tx, "law", "products/zone.toml basis/certificate", i64::MAX, 1).await.unwrap().remove(0);
        assert!(line.detail.contains("chép sai") && line.detail.contains("\"from\":3,\"to\":4"), "{}", line.detail);
        assert!(today < day("2027-01-01"));
    }

    async fn a_set_in_force_is_never_shortened_into_the_past_and_the_next_begins_where_it_ended(app: TestApp) {
        // the store was made when nothing was said of the end of 950
        let a = law_with(&[("points/950-2023.toml", &|text| text.replacen("valid_to = \"2026-01-01\"\n", "", 1))]);
        let mut tx = app.db().write().await.unwrap();
        execute!(&mut tx, "update criteria_set set valid_to = null where id = '950-2023'").unwrap();
        execute!(&mut tx, "delete from law_entry where list = 'criteria_set'").unwrap();
        execute!(&mut tx, "delete from meta where name = 'law'").unwrap();
        sync(&mut tx, &a, 0).await.unwrap();
        let set = async |tx: &mut Tx, id: &str| store::sets(tx).await.unwrap().into_iter().find(|set| set.id == id);
        assert_eq!(set(&mut tx, "950-2023").await.unwrap().valid_to, None);
        // law B knows that it ended with 2025, and what followed
        let ours = Books::new(None);
        let old = ours.law.must("points/950-2023.toml").unwrap();
        let period = "valid_from = \"2023-04-18\"\nvalid_to = \"2026-01-01\"";
        let next = old.replace("id = \"950-2023\"", "id = \"101-2026\"").replacen(period, "valid_from = \"2026-01-01\"", 1);
        let texts = BTreeMap::from([("points/101-2026.toml".to_owned(), next)]);
        let b = Books { law: Source::Texts(texts, Box::new(ours.law.clone())), ..ours };
        let learnt = sync(&mut tx, &b, 2).await.unwrap();
        let now = begin_day() + Duration::days(2);
        assert_eq!(set(&mut tx, "950-2023").await.unwrap().valid_to, Some(now), "days on which it judged stay judged by it");
        assert_eq!(set(&mut tx, "101-2026").await.unwrap().valid_from, Some(now));
        assert_eq!((learnt.added.len(), learnt.changed.len()), (1, 1), "{learnt:?}");
        let line = journal::history(&mut tx, "criteria_set", "950-2023", i64::MAX, 1).await.unwrap().remove(0);
        assert!(line.detail.contains(&now.to_string()) && line.detail.contains("2026-01-01"), "what it does and what the law states: {}", line.detail);
        // an item of a set in force that the law words otherwise is left to people
        let worded = old.replacen("Trung tâm thương mại, siêu thị, chợ", "Chợ", 1);
        let c = Books { law: Source::Texts(BTreeMap::from([("points/950-2023.toml".to_owned(), worded)]), Box::new(b.law.clone())), ..b };
        let learnt = sync(&mut tx, &c, 3).await.unwrap();
        assert_eq!(learnt.kept.len(), 1, "{learnt:?}");
        assert_eq!(app_verb(&mut tx, "950-2023").await, "keep_own");
    }

    async fn units_agencies_and_plans_of_the_pack_are_learnt_with_a_line_each(app: TestApp) {
        let books = Books::new(None);
        let pack = |texts: BTreeMap<String, String>| Books { pack: Source::Texts(texts, Box::new(Books::new(None).pack)), ..Books::new(None) };
        let change = |name: &str, from: &str, to: &str| (name.to_owned(), books.pack.must(name).unwrap().replacen(from, to, 1));
        let newer = pack(BTreeMap::from([
            change("agencies.toml", "short = \"Báo Lao động Thủ đô\"", "short = \"Lao động Thủ đô\"\nto = \"2027-01-01\""),
            change("plans/kh-100-2020.toml", "lead = \"so-cong-thuong\"", "lead = \"so-nn-ptnt\""),
            change("units/units.csv", "Bát Tràng", "Bát Tràng (mới)"),
        ]));
        let mut tx = app.db().write().await.unwrap();
        let learnt = sync(&mut tx, &newer, 1).await.unwrap();
        assert!(learnt.added.is_empty() && learnt.kept.is_empty(), "{learnt:?}");
        assert_eq!(learnt.changed.len(), 3, "{learnt:?}");
        assert_eq!(party::store::find(&mut tx, "bao-lao-dong-thu-do").await.unwrap().unwrap().valid_to, Some(day("2027-01-01")));
        assert!(region::store::rows(&mut tx).await.unwrap().iter().any(|(unit, _)| unit.name.contains("(mới)") || unit.full_name.contains("(mới)")));
        let told = fetch_all!(&mut tx, (String,), "select verb from journal where actor = 'system' order by seq desc limit 3").unwrap();
        assert_eq!(told.iter().map(|(verb,)| verb.as_str()).collect::<Vec<_>>(), ["learn_plan", "learn_agency", "learn_unit"]);
        // a colleague renamed an agency on screen: that stays
        execute!(&mut tx, "update body set short = 'Của Sở' where id = 'bao-lao-dong-thu-do'").unwrap();
        let learnt = sync(&mut tx, &books, 2).await.unwrap();
        assert_eq!(learnt.kept, ["Báo Lao động Thủ đô"]);
        assert_eq!(party::store::find(&mut tx, "bao-lao-dong-thu-do").await.unwrap().unwrap().short, "Của Sở");
    }

    async fn a_store_that_is_opened_learns_by_itself(app: TestApp) {
        age(app).await;
        let learnt = pack::open(app.db(), &crate::app::lists(), begin()).await.unwrap();
        assert!(learnt.added.iter().any(|number| number == "26/2026/QĐ-TTg"), "{learnt:?}");
        let lists = crate::app::lists();
        let (one, two) = tokio::join!(pack::open(app.db(), &lists, begin()), pack::open(app.db(), &lists, begin()));
        assert!(one.unwrap().is_empty() && two.unwrap().is_empty());
        let mut tx = app.db().read().await.unwrap();
        assert_eq!(fact::find(&mut tx, "law").await.unwrap(), Some(Books::new(None).digest().unwrap()));
    }
}

async fn app_verb(tx: &mut Tx, set: &str) -> String {
    journal::history(tx, "criteria_set", set, i64::MAX, 1).await.unwrap().remove(0).verb
}
