//! Many people invited by one file.

use super::write::unserved;
use crate::access::{Role, store};
use crate::store_test;
use crate::testing::{Answer, Client, TestApp, begin_day};

const HEAD: &str = "\"Xã, phường\",Vai trò,Họ và tên,Email\n";

/// Hands in a file and gives the page of what came out.
async fn hands_in(app: &TestApp, admin: &Client, rows: &str, ticks: &[(&str, &str)]) -> Answer {
    let file = format!("{HEAD}{rows}");
    let sent = admin.post_files("/nhap/nguoi-dung", ticks, &[("file", "xa.csv", file.as_bytes())]).await.expect(303);
    app.work().await;
    admin.get(sent.location()).await.expect(200)
}

async fn holds(app: &TestApp, email: &str) -> Vec<(Role, String)> {
    let mut tx = app.db().read().await.unwrap();
    let Some(person) = store::find_login(&mut tx, email).await.unwrap() else { return Vec::new() };
    store::roles_of(&mut tx, &[&person.id], begin_day()).await.unwrap().into_iter().map(|(_, role, body)| (role, body)).collect()
}

fn mails_to(app: &TestApp, email: &str) -> usize {
    app.outbox().iter().filter(|mail| mail.contains(&format!("To: {email}")) && mail.contains("/lien-ket/")).count()
}

store_test! {
    async fn communes_are_invited_by_one_file(app: TestApp) {
        let admin = app.sign_in(Role::ADMINISTRATOR).await;
        let before = unserved(&mut app.db().read().await.unwrap(), begin_day()).await.unwrap();
        let [first, second] = [&before[0], &before[1]];
        let rows = format!("{first},Cán bộ xã phường,Lê Thị Một,mot@hanoi.gov.vn\n{second},commune,Trần Văn Hai,hai@hanoi.gov.vn\n{},Cán bộ xã, phường,,\n", before[2]);
        let rows = rows.replace("Cán bộ xã, phường,,", "\"Cán bộ xã, phường\",,");
        let rows = rows.replace("Cán bộ xã phường", "\"Cán bộ xã, phường\"");
        // tried first: nobody is invited
        hands_in(app, &admin, &rows, &[("dry_run", "on")]).await.says("Kiểm tra thử: mọi dòng đều đạt").says("1 dòng chưa điền họ tên và thư điện tử");
        assert_eq!(holds(app, "mot@hanoi.gov.vn").await, []);
        hands_in(app, &admin, &rows, &[]).await.says("Thêm 2 người dùng");
        app.work().await;
        assert_eq!(holds(app, "mot@hanoi.gov.vn").await, [(Role::COMMUNE, first.clone())]);
        assert_eq!((mails_to(app, "mot@hanoi.gov.vn"), mails_to(app, "hai@hanoi.gov.vn")), (1, 1));
        let left = unserved(&mut app.db().read().await.unwrap(), begin_day()).await.unwrap();
        assert_eq!(left.len() + 2, before.len());
        // sent again: who holds the role gets no second mail
        hands_in(app, &admin, &rows, &[]).await.says("Không có gì thay đổi");
        app.work().await;
        assert_eq!(mails_to(app, "mot@hanoi.gov.vn"), 1);
        let template = admin.get("/nhap/nguoi-dung/mau.xlsx").await.expect(200);
        assert!(template.header("content-disposition").contains("moi-nguoi-dung.xlsx"));
    }
}

store_test! {
    async fn a_row_that_cannot_be_invited_is_told_and_nobody_is(app: TestApp) {
        let admin = app.sign_in(Role::ADMINISTRATOR).await;
        let commune = unserved(&mut app.db().read().await.unwrap(), begin_day()).await.unwrap().remove(0);
        let rows = format!(
            "{commune},commune,Lê Thị Một,mot@hanoi.gov.vn\n\
             Sở Công Thương,administrator,Kẻ Gian,gian@hanoi.gov.vn\n\
             Xã Không Có,commune,Ai Đó,aido@hanoi.gov.vn\n\
             {commune},surveyor,Lê Thị Ba,ba@hanoi.gov.vn\n\
             {commune},commune,Lê Thị Bốn,bon@gmial.com\n\
             {commune},commune,,nam@hanoi.gov.vn\n\
             {commune},commune,Lê Thị Một,mot@hanoi.gov.vn\n"
        );
        let page = hands_in(app, &admin, &rows, &[]).await;
        for told in ["Chưa ghi gì: 6 dòng có lỗi", "không mời theo tệp", "Xã Không Có", "chỉ có vai trò cán bộ xã, phường", "có phải là bon@gmail.com", "Họ và tên: chưa có", "đã có ở dòng 2"] {
            assert!(page.body.contains(told), "{told}: {}", page.body);
        }
        assert_eq!(holds(app, "mot@hanoi.gov.vn").await, []);
        assert_eq!(mails_to(app, "mot@hanoi.gov.vn"), 0);
        // the good row alone, from the page of the faults
        hands_in(app, &admin, &rows, &[("good_rows", "on")]).await.says("Thêm 1 người dùng");
        assert_eq!(holds(app, "mot@hanoi.gov.vn").await, [(Role::COMMUNE, commune)]);
        for email in ["gian", "ba", "aido"] {
            assert_eq!(holds(app, &format!("{email}@hanoi.gov.vn")).await, [], "{email}");
        }
    }
}

store_test! {
    async fn nobody_raises_himself_or_opens_a_locked_account_by_file(app: TestApp) {
        let admin = app.sign_in(Role::ADMINISTRATOR).await;
        let (own, locked) = ("quantri@ocop.example", "khaosat@ocop.example");
        let mut tx = app.db().write().await.unwrap();
        let person = store::find_login(&mut tx, locked).await.unwrap().unwrap();
        store::lock(&mut tx, &person.id, person.version, crate::testing::begin()).await.unwrap();
        tx.commit().await.unwrap();
        let rows = format!("Sở Công Thương Hà Nội,leader,Quản trị,{own}\nSở Công Thương Hà Nội,auditor,Khảo sát,{locked}\n");
        let before = holds(app, own).await;
        hands_in(app, &admin, &rows, &[("good_rows", "on")]).await.says("không thể tự cấp vai trò").says("đang bị khóa");
        assert_eq!(holds(app, own).await, before);
        // the desk is nobody else's
        for role in [Role::LEADER, Role::COMMUNE, Role::AUDITOR] {
            let other = app.sign_in(role).await;
            other.get("/nhap/nguoi-dung").await.expect(403);
            assert!(!other.get("/nhap").await.expect(200).body.contains("/nhap/nguoi-dung"), "{role:?}");
        }
    }
}
