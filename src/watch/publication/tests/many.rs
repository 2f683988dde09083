//! A portal answers for many entries at once: for its whole list, for those ticked, with a table that is compared first.

use super::*;

store_test! {
    async fn b6_a_portal_answers_for_its_whole_list_and_takes_it_back(app: TestApp) {
        let secret = add(app, outlet("thu", How::Mail)).await;
        let points = [open(app, "Gốm một").await, open(app, "Gốm hai").await, open(app, "Gốm ba").await];
        let (nobody, base) = (app.client(), format!("/cong/{secret}"));
        let page = nobody.get(&base).await.expect(200).says("Trả lời cho cả 3 điểm").says("Đã đăng cả 3 điểm ở địa chỉ này");
        assert_eq!(page.body.matches("<form").count(), 2, "one form for all, one for a table, none for each point");
        let many = format!("{base}/nhieu");
        let all = [("said", "da-dang"), ("which", "all"), ("url-publish", "https://thu.example/ocop"), ("by-publish", "Trần Thị Cổng")];
        let with = |count: &'static str| all.into_iter().chain([("count", count)]).collect::<Vec<_>>();
        // the list changed since the form was shown: nothing is written, what was typed stays
        nobody.post(&many, &with("2")).await.expect(409).says("nay có 3 điểm chờ").says("Trần Thị Cổng").says("https://thu.example/ocop");
        nobody.post(&many, &[("said", "da-dang"), ("which", "all"), ("count", "3"), ("url-publish", "thu.example")]).await.expect(422).says("https:// hoặc http://").says("họ tên người xác nhận");
        nobody.post("/cong/sai/nhieu", &with("3")).await.expect(410);
        assert_eq!(state(app, "thu", &points[0].id).await, ListingState::Sent);
        nobody.post(&many, &with("3")).await.expect(303);
        for point in &points {
            let listing = listing(app, "thu", &point.id).await.unwrap();
            assert_eq!((listing.state, listing.confirmed_url.as_str(), listing.confirmed_by.as_str()), (ListingState::Confirmed, "https://thu.example/ocop", "Trần Thị Cổng"));
        }
        let done = nobody.get(&base).await.expect(200).says("Không còn việc nào chờ cổng").says("Đã đăng 3 điểm");
        let undo = done.body.split("action=\"").filter_map(|part| part.split('"').next()).find(|path| path.contains("/thu-hoi/")).unwrap().to_owned();
        // one of them closes meanwhile: that one stays as it is
        turn(app, &points[2].id, State::Closed).await;
        nobody.post(&undo, &[]).await.expect(303);
        nobody.post(&undo, &[]).await.expect(409);
        assert_eq!([state(app, "thu", &points[0].id).await, state(app, "thu", &points[2].id).await], [ListingState::Sent, ListingState::TakedownSent]);
        assert_eq!(app.verbs("listing", &format!("thu.{}", points[0].id)).await, ["listing_want", "listing_sent", "listing_confirm", "listing_take_back"]);
        // the name is remembered; some are ticked; one is taken down
        nobody.get(&base).await.expect(200).says("value=\"Trần Thị Cổng\"").says("đã thu hồi");
        let some = |which: &'static str| [("said", "da-dang"), ("which", which), ("count", "2"), ("url-publish", "https://thu.example/a"), ("by-publish", "Trần Thị Cổng")];
        nobody.post(&many, &some("ticked")).await.expect(422).says("Chưa đánh dấu điểm nào");
        let ticked: Vec<(&str, &str)> = some("ticked").into_iter().chain([("point", points[1].id.as_str()), ("point", "khong-co")]).collect();
        nobody.post(&many, &ticked).await.expect(303);
        assert_eq!([state(app, "thu", &points[0].id).await, state(app, "thu", &points[1].id).await], [ListingState::Sent, ListingState::Confirmed]);
        nobody.post(&many, &[("said", "da-go"), ("which", "all"), ("count", "1"), ("by-takedown", "Trần Thị Cổng")]).await.expect(303);
        assert_eq!(state(app, "thu", &points[2].id).await, ListingState::TakenDown);
        // staff take back what the portal said; others do not
        let mut tx = app.db().read().await.unwrap();
        let last = crate::publication::said::latest(&mut tx, "thu", 1).await.unwrap().remove(0);
        let counts = store::counts(&mut tx, &["thu".to_owned()]).await.unwrap();
        drop(tx);
        assert_eq!(counts.iter().map(|(_, _, n)| n).sum::<i64>(), 3, "{counts:?}");
        app.sign_in(Role::AUDITOR).await.post(&format!("/cong-bo/thu/thu-hoi/{}", last.id), &[]).await.expect(403);
        app.sign_in(Role::LEADER).await.post(&format!("/cong-bo/thu/thu-hoi/{}", last.id), &[]).await.expect(303);
        assert_eq!(state(app, "thu", &points[2].id).await, ListingState::TakedownSent);
        // a single answer can be taken back too, to what was before it
        say(app, &nobody, &base, "thu", &points[1].id, "da-dang", "https://thu.example/nham").await.expect(303);
        let page = nobody.get(&base).await;
        let undo = page.body.split("action=\"").filter_map(|part| part.split('"').next()).find(|path| path.contains("/thu-hoi/")).unwrap().to_owned();
        nobody.post(&undo, &[]).await.expect(303);
        let again = listing(app, "thu", &points[1].id).await.unwrap();
        assert_eq!((again.state, again.confirmed_url.as_str()), (ListingState::Confirmed, "https://thu.example/a"));
    }

    async fn b6_a_table_of_addresses_is_compared_first(app: TestApp) {
        let secret = add(app, outlet("thu", How::Mail)).await;
        let points = [open(app, "Gốm một").await, open(app, "Gốm hai").await, open(app, "Gốm ba").await];
        let (nobody, base) = (app.client(), format!("/cong/{secret}"));
        let blank = nobody.get(&format!("{base}/cho-dang.xlsx")).await.expect(200);
        assert_eq!(blank.header("cache-control"), "no-store");
        let csv = format!(
            "Mã điểm;Địa chỉ trang đăng\n{};https://thu.example/1\n{};thu.example/2\nHN-0000-9999;https://thu.example/9\n{};https://thu.example/1b\n{};\n",
            points[0].code, points[1].code, points[0].code, points[2].code
        );
        let by = [("by-table", "Trần Thị Cổng")];
        let send = format!("{base}/bang");
        nobody.post_files(&send, &by, &[]).await.expect(422).says("Hãy chọn tệp");
        nobody.post_files(&send, &[], &[("table", "tra-loi.csv", csv.as_bytes())]).await.expect(422).says("họ tên người xác nhận");
        nobody.post_files(&send, &by, &[("table", "anh.png", b"\x89PNG1234")]).await.expect(422);
        let compared = nobody.post_files(&send, &by, &[("table", "tra-loi.csv", csv.as_bytes())]).await.expect(303).location().to_owned();
        let page = nobody.get(&compared).await.expect(200).says("Ghi 1 dòng đúng").says("Dòng 3").says("HN-0000-9999").says("Dòng 5").says("đã có ở dòng 2");
        assert!(!page.body.contains("Dòng 6"));
        assert_eq!(state(app, "thu", &points[0].id).await, ListingState::Sent, "nothing is written by comparing");
        // no other portal, and no staff member in its place, confirms it
        let other = add(app, outlet("khac", How::Mail)).await;
        nobody.get(&compared.replace(&secret, &other)).await.expect(404);
        nobody.post(&compared, &[]).await.expect(303);
        nobody.post(&compared, &[]).await.expect(409);
        let shown = listing(app, "thu", &points[0].id).await.unwrap();
        assert_eq!((shown.state, shown.confirmed_url.as_str()), (ListingState::Confirmed, "https://thu.example/1"));
        assert_eq!([state(app, "thu", &points[1].id).await, state(app, "thu", &points[2].id).await], [ListingState::Sent; 2]);
        // the workbook that was offered, filled in by staff
        let staff = app.sign_in(Role::SURVEYOR).await;
        let csv = format!("code,name,url\n{},x,https://thu.example/2\n", points[1].code);
        let compared = staff.post_files("/cong-bo/thu/bang", &by, &[("table", "a.csv", csv.as_bytes())]).await.expect(303).location().to_owned();
        staff.post(&compared, &[]).await.expect(303);
        assert_eq!(state(app, "thu", &points[1].id).await, ListingState::Confirmed);
        staff.get("/cong-bo/thu?viec=shown").await.expect(200).says("https://thu.example/2").says("Trả lời gần đây");
        app.wake_on(day("05/12/2026")).await;
        assert_eq!(app.rows_of("listing_answer").await, 2);
    }
}
