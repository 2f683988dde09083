//! Who represents a producer: told with consent, read by few, erased with the mark kept.

use super::tests::{answer_all, begin, tea, version};
use crate::access::Role;
use crate::dossier::model::Kind;
use crate::dossier::store;
use crate::file::document_tests::pdf;
use crate::store_test;
use crate::testing::TestApp;

store_test! {
    async fn a_representative_is_told_with_consent_read_by_few_and_erased(app: TestApp) {
        let product = tea(app, "TRA-1", None).await;
        let producer = app.sign_in(Role::BUSINESS).await;
        let commune = app.sign_in(Role::COMMUNE).await;
        let path = begin(&producer, &product, Kind::First).await;
        let page = format!("{path}/nguoi-dai-dien");
        let first = producer.get(&page).await.expect(200).says("Dữ liệu nhạy cảm");
        assert!(!first.body.contains("Khuyết tật"), "asked only where 3.2 is claimed");
        // what is not sensitive needs no consent
        producer.post(&page, &[("version", "0"), ("name", "Nguyễn Thị Mẫu"), ("sex", "female"), ("address", "Số 1 phố Thử")]).await.expect(303);
        // what is sensitive does
        let asked = [("version", "1"), ("name", "Nguyễn Thị Mẫu"), ("ethnic", "Mường")];
        producer.post(&page, &asked).await.expect(422).says("chỉ ghi khi người đại diện đồng ý").says("Mường");
        producer.post(&page, &[&asked[..], &[("consent", "paper")]].concat()).await.expect(422).says("văn bản đồng ý đã ký");
        // a disability that nothing claims is not kept, even where a form sends it
        producer.post_files(&page, &[&asked[..], &[("consent", "paper"), ("disability", "Khiếm thị")]].concat(), &[("paper", "dong-y.pdf", &pdf(""))]).await.expect(303);
        producer.get(&page).await.expect(200).says("Mường").says("bằng văn bản").says("dong-y.pdf");
        producer.post(&page, &[("version", "1"), ("name", "x")]).await.expect(409);
        answer_all(&producer, &path, &[]).await;
        let claimed = producer.get(&page).await.expect(200).says("Khuyết tật");
        assert!(!claimed.body.contains("Khiếm thị"));
        let told = [("version", "2"), ("name", "Nguyễn Thị Mẫu"), ("ethnic", "Mường"), ("disability", "Khiếm thị"), ("consent", "paper")];
        producer.post(&page, &told).await.expect(303);
        // the commune reads it once it has the case, the city once it is proposed; others never
        commune.get(&page).await.expect(404);
        producer.post(&format!("{path}/gui"), &[("version", &version(app, &path).await)]).await.expect(303);
        let read = commune.get(&page).await.expect(200).says("Mường").says("Khiếm thị");
        let consent = read.body.split_once("/tep/").unwrap().1.split_once('"').unwrap().0.to_owned();
        commune.get(&format!("/tep/{consent}")).await.expect(200);
        let (keeper, leader) = (app.sign_in(Role::PRODUCT_KEEPER).await, app.sign_in(Role::LEADER).await);
        for other in [&keeper, &leader] {
            other.get(&page).await.expect(403);
            other.get(&format!("/tep/{consent}")).await.expect(404);
            assert!(!other.get(&path).await.expect(200).body.contains("nguoi-dai-dien"));
        }
        producer.post(&page, &told).await.expect(409);
        // erased: the mark stays
        let before = store::find(&mut app.db().read().await.unwrap(), path.trim_start_matches("/ho-so-danh-gia/")).await.unwrap().unwrap();
        commune.post(&format!("{page}/xoa"), &[("version", "2")]).await.expect(409);
        producer.post(&format!("{page}/xoa"), &[("version", "3")]).await.expect(303);
        let after = commune.get(&page).await.expect(200).says("đã xóa ngày").says("Nguyễn Thị Mẫu");
        assert!(!after.body.contains("Mường") && !after.body.contains("Khiếm thị"));
        commune.get(&format!("/tep/{consent}")).await.expect(404);
        let now = store::find(&mut app.db().read().await.unwrap(), &before.id).await.unwrap().unwrap();
        assert_eq!((now.points, now.star, &now.marks), (before.points, before.star, &before.marks));
        let verbs = app.verbs("dossier", &before.id).await;
        assert!(verbs.contains(&"erase_representative".to_owned()), "{verbs:?}");
    }
}
