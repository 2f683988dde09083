//! Meetings: who took part, what was agreed, what they feed, who reads them.

use super::model::{Guest, guest};
use super::store;
use crate::access::Role;
use crate::point::State;
use crate::store_test;
use crate::testing::TestApp;

#[test]
fn who_took_part_is_read_as_people_write_it() {
    let read = |line: &str| {
        let Guest { name, body_name, .. } = guest(line);
        (name, body_name)
    };
    let pair = |name: &str, body: &str| (name.to_owned(), body.to_owned());
    assert_eq!(read("- Nguyễn Thị Mẫu – Hộ kinh doanh Mẫu;"), pair("Nguyễn Thị Mẫu", "Hộ kinh doanh Mẫu"));
    assert_eq!(read("Lê B – Hợp tác xã Dệt lụa (dữ liệu mẫu)"), pair("Lê B", "Hợp tác xã Dệt lụa (dữ liệu mẫu)"));
    assert_eq!(read("Trần Văn A (UBND xã Đường Lâm)"), pair("Trần Văn A", "UBND xã Đường Lâm"));
    assert_eq!(read("Hợp tác xã Chè lam Đường Lâm"), pair("Hợp tác xã Chè lam Đường Lâm", ""));
    assert_eq!(read(" - "), pair("", ""));
}

const TYPED: [(&str, &str); 6] = [
    ("kind", "households"),
    ("held_on", "18/11/2026"),
    ("place", "Nhà văn hóa Mông Phụ"),
    ("guests", "Nguyễn Thị Mẫu – Hợp tác xã Dệt lụa (dữ liệu mẫu)\nÔng Ba"),
    ("agreed_text", "Mỗi hộ góp một kệ\nTrực theo tuần"),
    ("item", "open/producers-met"),
];

store_test! {
    async fn a_meeting_of_households_ticks_its_item_and_keeps_its_minutes(app: TestApp) {
        let commune = app.sign_in(Role::COMMUNE).await;
        let point = app.add_point(|point| (point.state, point.unit_id) = (State::Selected, Some("09556.2025".into()))).await;
        let path = format!("/ho-so/{}", point.id);
        commune.post(&format!("{path}/chuan-bi/bat-dau"), &[("version", "1"), ("shared_sellers", "no")]).await.expect(303);
        commune.get(&format!("{path}/hop?muc=open/producers-met")).await.expect(200).says("value=\"households\" selected");
        // nothing typed is lost, whatever is wrong
        let wrong = TYPED.map(|(name, value)| if name == "held_on" { (name, "31/02/2026") } else { (name, value) });
        commune.post_files(&format!("{path}/hop"), &wrong, &[]).await.expect(422).says("Mỗi hộ góp một kệ").says("Lịch không có ngày");
        let docx = crate::file::document_tests::docx();
        let answer = commune.post_files(&format!("{path}/hop"), &TYPED, &[("papers", "bien ban ky.docx", &docx)]).await.expect(303);
        let meeting = answer.location().split('?').next().unwrap().to_owned();
        let page = commune.get(&meeting).await.expect(200).says("Ông Ba").says("Trực theo tuần").says("bien ban ky.docx").says("(có trong sổ)");
        commune.get(&format!("{path}/chuan-bi")).await.says("Họp các hộ, cơ sở sản xuất, Nhà văn hóa Mông Phụ");
        let mut tx = app.db().read().await.unwrap();
        let done = crate::preparation::store::done(&mut tx, &point.id).await.unwrap();
        assert_eq!((done[0].item_id.as_str(), done[0].done_on), ("producers-met", "2026-11-18".parse().ok()));
        let kept = store::guests(&mut tx, meeting.trim_start_matches("/hop/")).await.unwrap();
        let detail = crate::fetch_one!(&mut tx, (String,), "select detail from journal where verb = 'add_meeting'").unwrap().0;
        drop(tx);
        assert_eq!(kept.iter().map(|guest| guest.body_id.as_deref()).collect::<Vec<_>>(), [Some("demo-coso"), None]);
        assert!(!detail.contains("Ông Ba"), "names lie beside the journal, not in it: {detail}");
        // in the reader's rows, and of nobody else
        app.sign_in(Role::BUSINESS).await.get(&meeting).await.expect(200);
        let other = app.sign_in_new(Role::COMMUNE, "ubnd-00577.2025", Some("00577.2025")).await;
        for path in [meeting.clone(), format!("{meeting}/bien-ban.pdf"), format!("{path}/hop")] {
            other.get(&path).await.expect(404);
            app.client().get(&path).await.expect(303);
        }
        let paper = page.body.split("href=\"/tep/").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        other.get(&format!("/tep/{paper}")).await.expect(404);
        app.sign_in(Role::BUSINESS).await.post_files(&format!("{path}/hop"), &TYPED, &[]).await.expect(403);
        // corrected, by who saw the last version
        let mut fields = TYPED.to_vec();
        fields.extend([("version", "1"), ("title", "Góp kệ")]);
        commune.post_files(&format!("{meeting}/sua"), &fields, &[]).await.expect(303);
        commune.post_files(&format!("{meeting}/sua"), &fields, &[]).await.expect(409);
        commune.post(&format!("{meeting}/tep/bo"), &[("file", paper)]).await.expect(303);
        assert!(!commune.get(&meeting).await.expect(200).body.contains("/tep/"));
    }
}
