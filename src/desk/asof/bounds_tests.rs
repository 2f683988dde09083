//! Days that are not exact in the register: the pack's real points, points without a day, stores of before.

use chrono::{Days, NaiveDate};

use super::store::years;
use crate::access::Role;
use crate::db::MIGRATIONS;
use crate::point::day::{self, AsOf, Count, Counter};
use crate::point::{Point, State, store};
use crate::testing::{Store, TestApp, begin, begin_day};
use crate::{execute, store_test};

fn opened(point: &mut Point, on: NaiveDate) {
    (point.state, point.state_since, point.opened_on, point.counted_by) = (State::Operating, on, Some(on), "city".into());
}

fn count(state: State, sure: i64, most: i64) -> Count {
    Count { state, sure, most }
}

store_test! {
    async fn the_register_of_a_past_day_gives_bounds_with_reasons(app: TestApp) {
        crate::point::sheet::seed(app, &crate::law::Books::new(None).pack).await.unwrap();
        let leader = app.sign_in(Role::LEADER).await;
        for (asked, iso, sure, most) in [("31/12/2020", "2020-12-31", 5, 8), ("31/12/2021", "2021-12-31", 6, 9), ("01/10/2022", "2022-10-01", 9, 13), ("31/12/2023", "2023-12-31", 18, 18)] {
            let mut tx = app.db().read().await.unwrap();
            let day = iso.parse().unwrap();
            for counts in [day::counts(&mut tx, day, "*", "*", Counter::City).await.unwrap(), day::counts_known(&mut tx, AsOf { day, known: Some(begin_day()) }, "*", "*", Counter::City).await.unwrap()] {
                assert_eq!(counts, [Count { state: State::Operating, sure, most }], "{iso}");
            }
            drop(tx);
            let page = leader.get(&format!("/so-diem?ngay={asked}&page_size=100")).await.body;
            assert_eq!(page.matches("có thể</span>").count() as i64, most - sure, "{asked}");
            assert_eq!(page.contains("ít nhất"), most > sure, "{asked}");
            let csv = leader.get(&format!("/so-diem.csv?ngay={asked}")).await.body;
            assert_eq!((csv.matches(",sure,").count() as i64, csv.matches(",perhaps,").count() as i64), (sure, most - sure), "{asked}: {csv}");
            let geojson: serde_json::Value = serde_json::from_str(&leader.get(&format!("/so-diem.geojson?ngay={asked}")).await.body).unwrap();
            let of = |word: &str| geojson["features"].as_array().unwrap().iter().filter(|feature| feature["properties"]["certainty"] == word).count() as i64;
            assert_eq!((of("sure"), of("perhaps")), (sure, most - sure), "{asked}");
            let counts: serde_json::Value = serde_json::from_str(&app.client().get(&format!("/api/v1/counts?as_of={iso}")).await.body).unwrap();
            assert_eq!((counts["states"]["operating"].as_i64(), counts["states_most"]["operating"].as_i64()), (Some(sure), Some(most)), "{counts}");
            let listed: serde_json::Value = serde_json::from_str(&app.client().get(&format!("/api/v1/points?as_of={iso}&limit=100")).await.body).unwrap();
            let of = |word: &str| listed["items"].as_array().unwrap().iter().filter(|point| point["certainty"] == word).count() as i64;
            assert_eq!((of("sure"), of("perhaps")), (sure, most - sure), "{listed}");
        }
        let page = leader.get("/so-diem?ngay=31/12/2020&page_size=100").await.body;
        assert!(page.contains("mở chậm nhất năm 2023, chưa rõ ngày") && page.contains("ít nhất 5, nhiều nhất 8 điểm"), "{page}");
        assert!(leader.get("/so-diem?ngay=30/06/2020&page_size=100").await.body.contains("mở năm 2020, chưa rõ ngày"));
        let years = leader.get("/so-diem/nam").await.body;
        assert!(years.contains("5 – 8") && years.contains("16 – 18"), "{years}");
    }

    async fn a_point_without_a_day_is_never_said_to_have_opened_when_it_was_written_down(app: TestApp) {
        app.add_point(|point| opened(point, "2024-05-05".parse().unwrap())).await;
        let point = app.add_point(|point| {
            opened(point, begin_day());
            (point.opened_on, point.counted_by) = (None, "city".into());
        }).await;
        let leader = app.sign_in(Role::LEADER).await;
        let page = leader.get("/so-diem?ngay=01/01/2025").await.body;
        assert!(page.contains("1 – 2") && page.contains("không rõ ngày mở; sổ ghi nhận từ 22/11/2026"), "{page}");
        let mut tx = app.db().read().await.unwrap();
        let found: Vec<_> = years(&mut tx, "*", Counter::City, begin_day()).await.unwrap().into_iter().map(|year| (year.year, year.opened, year.recorded, year.at_end, year.at_end_most)).collect();
        assert_eq!(found, [(2024, 1, 0, 1, 2), (2025, 0, 0, 1, 2), (2026, 0, 1, 2, 2)]);
        drop(tx);
        let version = store::find(&mut app.db().read().await.unwrap(), &point.id).await.unwrap().unwrap().version;
        let given = leader.post(&format!("/ho-so/{}/ngay", point.id), &[("version", &version.to_string()), ("opened", "năm 2023"), ("days_source", "Báo cáo năm 2023")]).await;
        assert_eq!(given.status, 303, "{}", given.body);
        let after = store::find(&mut app.db().read().await.unwrap(), &point.id).await.unwrap().unwrap();
        assert_eq!((after.opened_on, after.opened_as.as_str(), after.state_since.to_string().as_str()), (None, "2023", "2023-12-31"));
        assert!(leader.get("/so-diem?ngay=01/01/2025").await.body.contains("năm 2023"));
        let known: Vec<Count> = day::counts_known(&mut app.db().read().await.unwrap(), AsOf { day: "2025-01-01".parse().unwrap(), known: Some(begin_day() - Days::new(1)) }, "*", "*", Counter::City).await.unwrap();
        assert_eq!(known, [], "on the day before nothing was written down");
        let public = app.client().get(&format!("/diem-ban/{}", after.slug)).await.body;
        assert!(public.contains("năm 2023"), "{public}");
        let auditor = app.sign_in(Role::AUDITOR).await;
        assert_eq!(auditor.post(&format!("/ho-so/{}/ngay", point.id), &[("version", "2"), ("opened", "2022"), ("days_source", "x")]).await.status, 403);
    }

    async fn a_store_of_before_keeps_what_it_knew_and_is_open_where_no_day_was_given(app: TestApp) {
        let store = Store::empty(app.store.engine()).await;
        let before = MIGRATIONS.iter().position(|migration| migration.name == "0018_bounds").unwrap();
        store.db.migrate_to(before).await.unwrap();
        let mut tx = store.db.write().await.unwrap();
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let (written, none) = (begin_day(), None::<NaiveDate>);
        let points = [
            ("exact", State::Operating, Some(day("2024-05-05")), none, vec![(State::Operating, day("2024-05-05"), none)]),
            ("nothing", State::Operating, none, none, vec![(State::Operating, written, none)]),
            ("closed", State::Closed, none, Some(day("2025-03-01")), vec![(State::Closed, day("2025-03-01"), none)]),
            ("paused", State::Suspended, none, none, vec![(State::Suspended, written, none)]),
            ("gone", State::Closed, Some(day("2024-01-01")), none, vec![(State::Operating, day("2024-01-01"), Some(written)), (State::Closed, written, none)]),
        ];
        for (id, state, opened, closed, periods) in points {
            execute!(
                &mut tx,
                "insert into point (id, code, slug, name, name_fold, sort, kind, address, address_fold, unit_chosen, cell, contact, phone, email, hours, goods, about, state, state_since,
                   opened_on, closed_on, counted_by, source, demo, version, created_by, created_at, updated_at)
                 values ($1, $1, $1, $1, $1, $1, 'rest_stop', '', '', false, '', '', '', '', '', '', '', $2, $3, $4, $5, 'city', '', false, 1, '', $6, $6)",
                id, state, periods[periods.len() - 1].1, opened, closed, begin()
            ).unwrap();
            for ((state, from, to), seq) in periods.into_iter().zip(1_i64..) {
                execute!(
                    &mut tx,
                    "insert into period (point_id, seq, state, counted_by, valid_from, valid_to, known_from, kind, sort) values ($1, $2, $3, 'city', $4, $5, $6, 'rest_stop', $1)",
                    id, seq, state, from, to, begin()
                ).unwrap();
            }
        }
        tx.commit().await.unwrap();
        store.db.migrate().await.unwrap();
        let mut tx = store.db.read().await.unwrap();
        let wanted = [
            ("2023-06-01", vec![count(State::Operating, 0, 3)]),
            ("2025-01-01", vec![count(State::Closed, 0, 1), count(State::Operating, 1, 5)]),
            ("2025-06-01", vec![count(State::Closed, 1, 2), count(State::Operating, 1, 4)]),
            ("2026-11-22", vec![count(State::Closed, 2, 2), count(State::Operating, 2, 2), count(State::Suspended, 1, 1)]),
        ];
        for (on, wanted) in wanted {
            let asked = AsOf { day: day(on), known: Some(begin_day()) };
            assert_eq!(day::counts_known(&mut tx, asked, "*", "*", Counter::City).await.unwrap(), wanted, "{on}");
            let flow: Vec<Count> = day::counts(&mut tx, day(on), "*", "rest_stop", Counter::City).await.unwrap().into_iter().filter(|count| count.most > 0).collect();
            assert_eq!(flow, wanted, "{on}");
        }
        assert_eq!(day::first(&mut tx).await.unwrap(), Some(day("2024-01-01")));
    }
}
