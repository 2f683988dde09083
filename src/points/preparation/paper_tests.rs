//! Documents of the checklist: handed out to be saved, refused where they act, taken back.

use crate::access::Role;
use crate::file::document_tests::{docx, pdf};
use crate::point::State;
use crate::store_test;
use crate::testing::TestApp;

store_test! {
    async fn a_document_is_handed_out_to_be_saved_to_those_in_whose_rows_it_lies(app: TestApp) {
        let point = app.add_point(|point| {
            (point.state, point.unit_id, point.lon, point.lat) = (State::Selected, Some("09556.2025".into()), None, None);
        }).await;
        let commune = app.sign_in(Role::COMMUNE).await;
        let path = format!("/ho-so/{}", point.id);
        commune.post(&format!("{path}/chuan-bi/bat-dau"), &[("version", "1"), ("shared_sellers", "yes")]).await.expect(303);
        let was = commune.get(&format!("{path}/chuan-bi")).await.value("was-regulation");
        let fields = [("was-regulation", was.as_str()), ("done_on-regulation", "20/11/2026"), ("tick-regulation", "1")];
        let files = [("file-regulation", "Quy chế <b>.pdf", &pdf("")[..]), ("file-regulation", "quy che.docx", &docx()[..])];
        commune.post_files(&format!("{path}/chuan-bi/viec"), &fields, &files).await.expect(303);
        let page = commune.get(&format!("{path}/chuan-bi")).await.expect(200).says("Quy chế b.pdf").says("Trần Văn Mẫu").says("Word, 1 kB");
        let id = page.body.split("href=\"/tep/").nth(1).and_then(|rest| rest.split('"').next()).expect("a document").to_owned();
        let answer = commune.get(&format!("/tep/{id}")).await.expect(200);
        assert_eq!((answer.header("content-type"), answer.header("x-content-type-options"), answer.header("cache-control")), ("application/pdf", "nosniff", "private, no-store"));
        assert!(answer.header("content-disposition").starts_with("attachment; filename=\"tep.pdf\"; filename*=UTF-8''Quy%20ch"), "{}", answer.header("content-disposition"));
        assert!(answer.header("content-security-policy").contains("sandbox"), "{}", answer.header("content-security-policy"));
        commune.get(&format!("/anh/{id}")).await.expect(404);
        app.client().get(&format!("/tep/{id}")).await.expect(303);
        app.sign_in_new(Role::COMMUNE, "ubnd-00577.2025", Some("00577.2025")).await.get(&format!("/tep/{id}")).await.expect(404);
        // taken back with a trace, while it is prepared
        commune.post(&format!("{path}/chuan-bi/tep/bo"), &[("file", &id)]).await.expect(303);
        commune.get(&format!("/tep/{id}")).await.expect(404);
        assert_eq!(app.verbs("point", &point.id).await.last().map(String::as_str), Some("remove_file"));
    }

    async fn a_document_that_acts_is_refused_where_it_was_chosen_and_nothing_is_lost(app: TestApp) {
        let point = app.add_point(|point| (point.state, point.unit_id) = (State::Selected, Some("09556.2025".into()))).await;
        let commune = app.sign_in(Role::COMMUNE).await;
        let path = format!("/ho-so/{}", point.id);
        commune.post(&format!("{path}/chuan-bi/bat-dau"), &[("version", "1"), ("shared_sellers", "yes")]).await.expect(303);
        let was = commune.get(&format!("{path}/chuan-bi")).await.value("was-regulation");
        let fields = [("was-regulation", was.as_str()), ("tick-regulation", "1"), ("done_on-regulation", "20/11/2026"), ("note-regulation", "Ghi chú dài")];
        let acts = pdf("/OpenAction << /S /JavaScript /JS (x) >>");
        let before = app.rows_of("file").await;
        commune.post_files(&format!("{path}/chuan-bi/viec"), &fields, &[("file-regulation", "quy-che.pdf", &acts)]).await.expect(422).says("có nội dung tự chạy (JavaScript)").says("Ghi chú dài");
        assert_eq!((app.rows_of("file").await, app.rows_of("preparation_item").await), (before, 0));
    }
}
