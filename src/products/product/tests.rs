//! The rules of products: days, stars, scores, groups. Stories are beside the screens.

mod clock;
mod places;
mod term;

use chrono::{Days, NaiveDate};

use super::model::{Certificate, Claim, Part, State, standing};
use super::{group, scale, store};
use crate::access::Role;
use crate::store_test;
use crate::testing::{Answer, Client, TestApp, begin, begin_day};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn claim(stars: i64, from: &str) -> Claim {
    Claim { stars: Some(stars), decision_no: "1/QĐ-UBND".into(), decided: Some(crate::text::Edtf::exact(day(from))), ..Claim::default() }
}

fn certificate(from: &str) -> Certificate {
    claim(3, from).certificate("p", 36, "", "x", begin()).unwrap()
}

fn parts(claim: &Claim) -> Vec<Part> {
    claim.faults(36, begin_day()).into_iter().map(|(part, _)| part).collect()
}

#[test]
fn a_certificate_ends_after_its_months_or_after_the_day_it_prints() {
    assert_eq!(certificate("2024-02-29").valid_to, day("2027-03-01"), "36 months from 29 February");
    let printed = Claim { valid_until: Some(day("2026-10-14")), ..claim(3, "2023-10-15") };
    assert_eq!(printed.certificate("p", 36, "", "x", begin()).unwrap().valid_to, day("2026-10-15"));
}

#[test]
fn the_state_of_any_day_follows_from_the_days_of_certificates() {
    let first = certificate("2020-01-10");
    let mut second = Certificate { withdrawn_on: None, ..certificate("2022-06-01") };
    let state = |certificates: &[Certificate], on: &str| standing(certificates, day(on)).state;
    let both = [first.clone(), second.clone()];
    assert_eq!(state(&[], "2024-01-01"), State::None);
    assert_eq!(state(&both, "2020-01-09"), State::None);
    assert_eq!(state(&both, "2020-01-10"), State::Live);
    assert_eq!(state(&both[..1], "2023-01-10"), State::Live, "the last day");
    assert_eq!(state(&both[..1], "2023-01-11"), State::Lapsed);
    assert_eq!(state(&both, "2023-01-11"), State::Live, "recognised again before the first ran out");
    assert_eq!(state(&both, "2025-06-02"), State::Lapsed);
    second.withdrawn_on = Some(day("2022-09-01"));
    let taken = [first, second];
    assert_eq!(state(&taken, "2022-08-31"), State::Live);
    assert_eq!(state(&taken, "2022-09-01"), State::Withdrawn, "the older one does not come back to life");
    assert_eq!(standing(&taken, day("2022-09-01")).since, Some(day("2022-09-01")));
}

#[test]
fn a_certificate_is_taken_back_once_and_only_while_it_is_valid() {
    let one = certificate("2024-01-10");
    for on in ["2024-01-09", "2027-01-11", "2030-01-01"] {
        assert!(one.clone().withdraw(day(on), "r", "", begin_day()).is_err(), "{on}");
    }
    let taken = one.withdraw(day("2025-03-01"), "Không bảo đảm an toàn thực phẩm", "9/QĐ-UBND", begin_day()).unwrap();
    assert!(taken.withdraw(day("2025-04-01"), "r", "", begin_day()).is_err());
}

#[test]
fn impossible_stars_scores_and_days_are_named_with_their_part() {
    assert_eq!(parts(&claim(3, "2024-01-10")), []);
    assert_eq!(parts(&claim(7, "2024-01-10")), [Part::Stars]);
    assert_eq!(parts(&Claim { score: Some(13050), ..claim(4, "2024-01-10") }), [Part::Score]);
    assert_eq!(parts(&Claim { score: Some(6990), ..claim(4, "2024-01-10") }), [Part::Score], "69,9 is three stars");
    assert_eq!(parts(&Claim { score: Some(6990), ..claim(3, "2024-01-10") }), []);
    assert_eq!(parts(&Claim { score: Some(9100), ..claim(4, "2024-01-10") }), [], "a candidate for five stars");
    assert_eq!(parts(&Claim { score: Some(9100), ..claim(3, "2024-01-10") }), [Part::Score]);
    assert_eq!(parts(&Claim { valid_until: Some(day("2023-01-01")), ..claim(3, "2024-01-10") }), [Part::ValidUntil]);
    assert_eq!(parts(&Claim { valid_until: Some(day("2097-01-01")), ..claim(3, "2024-01-10") }), [Part::ValidUntil]);
    assert_eq!(parts(&Claim { valid_until: Some(day("2026-01-01")), decided: None, ..claim(3, "2024-01-10") }), [Part::DecidedOn]);
    let tomorrow = (begin_day() + Days::new(1)).to_string();
    assert_eq!(parts(&claim(3, &tomorrow)), [Part::DecidedOn]);
    assert_eq!(parts(&Claim { stars: None, ..claim(3, "2024-01-10") }), [Part::Stars]);
    assert!(claim(2, "2024-01-10").certificate("p", 36, "", "x", begin()).is_none(), "two stars have no certificate");
}

#[test]
fn law_on_groups_and_stars_is_whole() {
    assert_eq!(group::all().len(), 6);
    assert!(group::former().iter().all(|former| former.into.is_empty() || group::get(&former.into).is_some()));
    let (instruments, _) = crate::pack::law().unwrap();
    let known = |id: &str| instruments.iter().any(|(instrument, _)| instrument.id == id);
    assert!(group::all().iter().all(|group| group.named.len() == 2
        && group.named.iter().all(|named| known(&named.instrument))
        && group.named[0].to == Some(group.named[1].from)));
    let of_today: Vec<_> = group::sets_on(begin_day()).collect();
    assert_eq!(of_today.len(), 26);
    assert_eq!(of_today.iter().filter_map(|set| set.number).collect::<Vec<_>>(), (1..=26).collect::<Vec<_>>());
    assert_eq!(of_today.iter().map(|set| (&set.group, &set.branch)).collect::<std::collections::BTreeSet<_>>().len(), 17, "the 17 nhóm");
    assert!(of_today.iter().all(|set| !set.ministries.is_empty() && !set.clause.is_empty()));
    assert!(group::sets().iter().all(|set| known(&set.instrument)
        && group::get(&set.group).is_some()
        && (set.into.is_empty() || set.today().is_some())
        && !set.confidence.is_empty()));
    assert!(
        group::sets().iter().filter(|set| set.to.is_some()).all(|set| set.into.is_empty() != set.note.is_empty() || !set.into.is_empty()),
        "what is not mapped says why"
    );
    assert!(
        group::open_sets().iter().all(|open| known(&open.instrument) && !open.note.is_empty())
            && group::open_on(day("2024-01-01")).is_some()
            && group::open_on(begin_day()).is_none()
    );
    let id = |typed: &str, on: &str| group::read_set(typed, day(on)).map(|set| set.id.as_str());
    assert_eq!(
        [
            id("Gạo, ngũ cốc", "2021-05-01"),
            id("Gạo, ngũ cốc", "2026-08-01"),
            id("Gạo, ngũ cốc, hạt sơ chế khác", "2026-08-01"),
            id("Bộ 3: GẠO, NGŨ CỐC, HẠT SƠ CHẾ KHÁC", "2026-08-01")
        ],
        [Some("1048-10"), None, Some("26-2026-03"), Some("26-2026-03")]
    );
    assert_eq!(id("Rượu trắng", "2024-05-01"), None, "148's sets are in no source");
    assert_eq!(group::set("1048-10").unwrap().today().unwrap().number, Some(3));
    assert_eq!(group::named_on("craft", day("2026-08-01")), Some(("Hàng thủ công mỹ nghệ", "26-2026-qd-ttg")));
    assert!(group::is_right_on("Vải và may mặc", day("2021-01-01")) && !group::is_right_on("Vải và may mặc", day("2024-01-01")));
    let judging = |on: &str| scale::judging(day(on)).map(|scale| scale.instrument.as_str()).collect::<Vec<_>>();
    assert_eq!(judging("2026-05-21"), ["148-qd-ttg-2023"]);
    assert_eq!(judging("2026-05-22"), ["26-2026-qd-ttg", "148-qd-ttg-2023"]);
    assert_eq!([judging("2026-07-21").len(), judging("2026-07-22").len()], [2, 1]);
    let scales = scale::all();
    assert_eq!([scales.last().unwrap().stars(6999), scales.last().unwrap().stars(7000), scales.last().unwrap().stars(8999)], [3, 4, 4]);
    assert!(!scales.is_empty() && scales.windows(2).all(|pair| pair[0].to == Some(pair[1].from)), "no gap, no overlap");
    assert!(scales.iter().all(|scale| scale.thresholds.is_sorted() && scale.certified_from >= 1));
    assert_eq!(group::read("Vải và may mặc"), Some(("craft", "Vải và may mặc")));
    assert_eq!(group::read("thủ công mỹ nghệ"), Some(("craft", "")));
    assert_eq!(group::read("Nhóm lạ"), None);
    assert_eq!(
        [scale::read_points("69,5"), scale::read_points("69.25"), scale::read_points("liên hệ"), scale::read_points("1.234")],
        [Some(6950), Some(6925), None, None]
    );
    assert_eq!([scale::points(6950), scale::points(7000), scale::points(6925)], ["69,5", "70", "69,25"]);
}

store_test! {
    async fn counters_follow_every_change(app: TestApp) {
        let one = app.add_product("A-1", Some((3, begin_day() - Days::new(10))), |_| {}).await;
        app.add_product("A-2", None, |product| product.group_id = "craft".into()).await;
        let counts = |app: &TestApp| {
            let db = app.db().clone();
            async move { store::counts(&mut db.read().await.unwrap()).await.unwrap() }
        };
        assert_eq!(counts(app).await, [("craft".to_owned(), 0, State::None, 1), ("food".to_owned(), 3, State::Live, 1)]);
        let mut tx = app.db().write().await.unwrap();
        let mut taken = store::certificates(&mut tx, &one.id).await.unwrap().remove(0);
        taken = taken.withdraw(begin_day(), "Lý do", "", begin_day()).unwrap();
        store::save_certificate(&mut tx, &taken).await.unwrap();
        let one = store::restamp(&mut tx, &one, begin_day(), begin()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((one.state, one.valid_to), (State::Withdrawn, Some(begin_day())));
        assert_eq!(counts(app).await, [("craft".to_owned(), 0, State::None, 1), ("food".to_owned(), 3, State::Withdrawn, 1)]);
    }
}

/// The fields of a new product as the form sends them.
const NEW: [(&str, &str); 6] = [
    ("name", "Trà sen Hà Đông"),
    ("group", "drink"),
    ("producer", "Hộ Nguyễn Thị Sen"),
    ("producer_kind", "household"),
    ("unit", "Phường Hà Đông"),
    ("price", "850.000"),
];

async fn created(client: &Client, fields: &[(&str, &str)]) -> String {
    let answer = client.post("/san-pham-ocop/moi", fields).await.expect(303);
    answer.location().trim_start_matches("/san-pham-ocop/").split('?').next().unwrap().to_owned()
}

async fn recognise(client: &Client, id: &str, fields: &[(&str, &str)]) -> Answer {
    let version = client.get(&format!("/san-pham-ocop/{id}")).await.expect(200).value("version");
    let mut all = vec![("version", version.as_str()), ("stars", "4"), ("decision_no", "12/QĐ-UBND"), ("decided_on", "10/11/2026")];
    all.retain(|(name, _)| fields.iter().all(|(given, _)| given != name));
    all.extend_from_slice(fields);
    client.post(&format!("/san-pham-ocop/{id}/cong-nhan"), &all).await
}

async fn slug(app: &TestApp, id: &str) -> String {
    store::find(&mut app.db().read().await.unwrap(), id).await.unwrap().unwrap().slug
}

store_test! {
    async fn a_product_is_entered_recognised_and_taken_back(app: TestApp) {
        let keeper = app.sign_in_as("sanpham@ocop.example").await;
        keeper.post("/san-pham-ocop/moi", &[("name", "")]).await.expect(422).says("Hãy nhập tên sản phẩm");
        let id = created(&keeper, &NEW).await;
        let public = format!("/san-pham/{}", slug(app, &id).await);
        app.client().get(&public).await.expect(404);
        recognise(&keeper, &id, &[("stars", "7")]).await.expect(422).says("Không có hạng 7 sao");
        recognise(&keeper, &id, &[("score", "95"), ("stars", "3")]).await.expect(422).says("95 điểm là hạng 5 sao");
        recognise(&keeper, &id, &[("stars", "2")]).await.expect(422).says("Chỉ sản phẩm từ 3 sao");
        recognise(&keeper, &id, &[("decided_on", "32/13/2026")]).await.expect(422).says("32/13/2026");
        recognise(&keeper, &id, &[("certificate_no", "GCN-1"), ("score", "72,5")]).await.expect(303);
        app.client().get(&public).await.expect(200).says("Giấy chứng nhận OCOP còn hiệu lực").says("10/11/2029");
        app.client().get("/san-pham").await.expect(200).says("Trà sen Hà Đông");
        app.client().get("/en/san-pham").await.expect(200).says("OCOP products").says("Trà sen Hà Đông");
        let other = created(&keeper, &[("name", "Trà sen khác"), ("group", "drink"), ("producer", "Hộ khác"), ("unit", "Phường Hà Đông")]).await;
        recognise(&keeper, &other, &[("certificate_no", "GCN-1")]).await.expect(422).says("GCN-1 đã cấp cho").says("Trà sen Hà Đông");

        let page = keeper.get(&format!("/san-pham-ocop/{id}")).await.expect(200);
        let action = page.body.split(&format!("/san-pham-ocop/{id}/thu-hoi/")).nth(1).unwrap().split('"').next().unwrap().to_owned();
        let path = format!("/san-pham-ocop/{id}/thu-hoi/{action}");
        let version = page.value("version");
        let on = crate::text::date_vi(begin_day());
        keeper.post(&path, &[("version", version.as_str()), ("withdraw_on", "01/01/2026"), ("withdraw_reason", "x"), ("withdraw_decision", "9")]).await.expect(422).says("không thể thu hồi từ ngày 01/01/2026");
        let found = [("withdraw_ground", "breach"), ("withdraw_found_on", on.as_str()), ("withdraw_found_by", "Kết luận 3/KL"), ("withdraw_by", "Chủ tịch UBND cấp tỉnh")];
        keeper.post(&path, &[("version", version.as_str()), ("withdraw_on", &on)]).await.expect(422).says("Hãy ghi lý do thu hồi");
        keeper.post(&path, &[("version", "77"), ("withdraw_on", &on), ("withdraw_reason", "x"), ("withdraw_decision", "9")]).await.expect(409);
        let all = [("version", version.as_str()), ("withdraw_on", &on), ("withdraw_reason", "Không bảo đảm an toàn"), ("withdraw_decision", "9/QĐ-UBND")];
        keeper.post(&path, &all).await.expect(422).says("Hãy chọn căn cứ thu hồi");
        keeper.post(&path, &[all.as_slice(), found.as_slice()].concat()).await.expect(303);
        app.client().get(&public).await.expect(200).says("đã bị thu hồi");
        assert!(!app.client().get("/san-pham").await.body.contains("Trà sen Hà Đông"));
        assert_eq!(app.verbs("product", &id).await, ["add_product", "recognise_product", "withdraw_certificate"]);
    }

    async fn products_are_seen_and_changed_within_scope_only(app: TestApp) {
        let own = app.add_product("A-1", None, |product| product.producer_id = Some("demo-coso".into())).await;
        let other = app.add_product("A-2", None, |product| product.unit_id = Some("09877.2025".into())).await;
        let (business, commune, leader) = (app.sign_in(Role::BUSINESS).await, app.sign_in(Role::COMMUNE).await, app.sign_in(Role::LEADER).await);
        business.get(&format!("/san-pham-ocop/{}", own.id)).await.expect(200);
        business.get(&format!("/san-pham-ocop/{}", other.id)).await.expect(404);
        business.post(&format!("/san-pham-ocop/{}/sua", other.id), &NEW).await.expect(404);
        commune.get(&format!("/san-pham-ocop/{}", own.id)).await.expect(200);
        commune.get(&format!("/san-pham-ocop/{}", other.id)).await.expect(404);
        leader.get(&format!("/san-pham-ocop/{}", other.id)).await.expect(200);
        recognise(&leader, &own.id, &[]).await.expect(403);
        commune.post("/san-pham-ocop/moi", &[("name", "Gốm"), ("group", "craft"), ("producer", "Hộ A"), ("unit", "Xã Bát Tràng")]).await.expect(422).says("ngoài địa bàn");
        let mine = created(&business, &[("name", "Khăn lụa"), ("group", "craft"), ("unit", "Phường Hà Đông")]).await;
        let stored = store::find(&mut app.db().read().await.unwrap(), &mine).await.unwrap().unwrap();
        assert_eq!((stored.producer_id.as_deref(), stored.code.as_str()), (Some("demo-coso"), "SP-HN-2026-0001"));
        let list = commune.get("/san-pham-ocop").await.expect(200);
        assert!(list.body.contains("A-1") && !list.body.contains("A-2"));
        let old = leader.get("/san-pham-ocop?unit=Qu%E1%BA%ADn%20H%C3%A0%20%C4%90%C3%B4ng").await.expect(200);
        assert!(old.body.contains("A-1") && !old.body.contains("A-2"), "a district of before finds what lies there now");
    }

    async fn a_lapsed_product_is_gone_before_any_work_was_done(app: TestApp) {
        let from = begin_day() - chrono::Months::new(36) + Days::new(40);
        let product = app.add_product("A-1", Some((3, from)), |product| product.producer_id = Some("demo-coso".into())).await;
        let end = product.valid_to.unwrap();
        let mails = |app: &TestApp, words: &str| app.outbox().iter().filter(|mail| mail.contains(words)).count();
        app.wake_on(end - Days::new(1)).await;
        app.client().get(&format!("/san-pham/{}", product.slug)).await.expect(200).says("còn hiệu lực");
        app.clock().set(end.and_hms_opt(0, 0, 0).unwrap().and_utc());
        assert!(!app.client().get("/san-pham").await.body.contains("A-1"), "gone from the shelf before any work was done");
        app.client().get(&format!("/san-pham/{}", product.slug)).await.expect(200).says("đã hết hiệu lực");
        app.wake_on(end).await;
        app.wake_on(end + Days::new(1)).await;
        assert_eq!(mails(app, "đã hết hiệu lực; không được in"), 3);
        assert_eq!(app.verbs("product", &product.id).await, ["lapse_product"]);
        assert_eq!(store::counts(&mut app.db().read().await.unwrap()).await.unwrap(), [("food".to_owned(), 3, State::Lapsed, 1)]);
        let keeper = app.sign_in_as("sanpham@ocop.example").await;
        recognise(&keeper, &product.id, &[("decided_on", &crate::text::date_vi(end))]).await.expect(303);
        app.client().get(&format!("/san-pham/{}", product.slug)).await.expect(200).says("còn hiệu lực");
    }
}

/// How many pictures lie cleaned in the folder.
async fn cleaned(app: &TestApp) -> usize {
    app.files().depot().list("files").await.unwrap().into_iter().filter(|(name, _)| name.ends_with(".small.jpg")).count()
}

store_test! {
    async fn pictures_are_cleaned_while_somebody_else_writes(app: TestApp) {
        let mut png = std::io::Cursor::new(Vec::new());
        image::RgbImage::from_pixel(8, 8, image::Rgb([90, 120, 60])).write_to(&mut png, image::ImageFormat::Png).unwrap();
        let png = png.into_inner();
        let keeper = app.sign_in_as("sanpham@ocop.example").await;
        let known = app.add_product("SP-1", None, |_| {}).await;
        let edit = format!("/san-pham-ocop/{}/sua", known.id);
        let page = keeper.get(&edit).await.expect(200);
        let version = page.value("version");
        let changed = [("version", version.as_str()), ("name", "Trà sen"), ("group", "drink"), ("producer", "Hộ Nguyễn Thị Sen"), ("producer_kind", "household"), ("unit", "Phường Hà Đông")];
        let claim = [("product", known.id.as_str()), ("basis", "speciality"), ("paper_no", "12/CN"), ("paper_issuer", "Sở Công Thương Sơn La"), ("valid_from", "01/06/2026"), ("valid_until", ""), ("origin", "Sơn La"), ("note", "")];
        let office = app.sign_in(Role::SURVEYOR).await;
        let forms: [(&Client, &str, &str, &[(&str, &str)]); 3] =
            [(&keeper, "/san-pham-ocop/moi", "pictures", &NEW), (&keeper, &edit, "pictures", &changed), (&office, "/ket-noi/can-cu", "papers", &claim)];
        for (client, path, field, fields) in forms {
            let before = cleaned(app).await;
            // the one who writes has the turn until the picture lies cleaned in the folder
            let writer = app.db().write().await.unwrap();
            let files = [(field, "a.png", png.as_slice())];
            let sending = client.post_files(path, fields, &files);
            let waiting = async {
                for _ in 0..200 {
                    if cleaned(app).await > before {
                        break;
                    }
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                }
                let seen = cleaned(app).await;
                drop(writer);
                seen
            };
            let (answer, seen) = tokio::join!(sending, waiting);
            answer.expect(303);
            assert_eq!(seen, before + 1, "{path}: the picture was cleaned inside the write transaction");
        }
    }
}
