//! Chains and their stores.

use super::*;
use crate::connection::shelf::At;

async fn chain(client: &Client, name: &str) -> String {
    let answer = client.post("/ket-noi/chuoi/moi", &[("name", name)]).await.expect(303);
    answer.location().trim_start_matches("/ket-noi/chuoi/").split('?').next().unwrap().to_owned()
}

async fn shop(client: &Client, chain: &str, name: &str) {
    client
        .post(&format!("/ket-noi/chuoi/{chain}/cua-hang"), &[("store_name", name), ("store_address", "Số 1"), ("unit", "Hà Đông")])
        .await
        .expect(303);
}

async fn places(app: &TestApp, product: &str, day: NaiveDate) -> Vec<Vec<String>> {
    let mut tx = app.db().read().await.unwrap();
    let found = shelf::of_product(&mut tx, product, day).await.unwrap();
    found
        .into_iter()
        .map(|place| match place.at {
            At::Chain(_, stores) => stores.into_iter().map(|store| store.name).collect(),
            At::Point(row) => vec![row.name],
        })
        .collect()
}

store_test! {
    async fn a_product_stands_in_the_stores_that_were_named_while_they_are_open(app: TestApp) {
        let office = app.sign_in(Role::SURVEYOR).await;
        let product = live(app, "A-1", "2026-01-10").await;
        let id = chain(&office, "Siêu thị Hoa Sen").await;
        let send = async |more: &[(&str, &str)]| {
            let mut fields = vec![("product", product.id.as_str()), ("chain", id.as_str()), ("day", "01/11/2026")];
            fields.extend(more);
            office.post("/ket-noi/moi", &fields).await
        };
        send(&[]).await.expect(409).says("chưa có cửa hàng");
        shop(&office, &id, "Hoa Sen 1").await;
        shop(&office, &id, "Hoa Sen 2").await;
        send(&[("which", "some")]).await.expect(422).says("ít nhất một cửa hàng");
        send(&[("which", "some"), ("store", "lạ")]).await.expect(422);
        let mut tx = app.db().read().await.unwrap();
        let stores = store::chain_stores(&mut tx, &[id.as_str()]).await.unwrap().remove(&id).unwrap();
        drop(tx);
        let connection = id_of(&send(&[("which", "some"), ("store", &stores[1].id)]).await.expect(303));
        step(app, &office, &connection, "shelf", "02/11/2026", &[]).await.expect(303);
        assert_eq!(places(app, &product.id, begin_day()).await, [["Hoa Sen 2"]]);
        office.get(&format!("/ket-noi/{connection}")).await.expect(200).says("Hoa Sen 2");
        office.get(&format!("/ket-noi/chuoi/{id}")).await.expect(200).says("Sản phẩm A-1");
        office.get("/ket-noi/chuoi?q=hoa").await.expect(200).says("Siêu thị Hoa Sen");
        app.sign_in(Role::COMMUNE).await.get("/ket-noi").await.expect(200).says("Siêu thị Hoa Sen");
        let close = format!("/ket-noi/chuoi/{id}/cua-hang/{}/dong", stores[1].id);
        let field = format!("closed-{}", stores[1].id);
        office.post(&close, &[(field.as_str(), "23/11/2026")]).await.expect(422);
        office.post(&close, &[(field.as_str(), "20/11/2026")]).await.expect(303);
        office.post(&close, &[(field.as_str(), "20/11/2026")]).await.expect(409);
        assert_eq!(places(app, &product.id, on("2026-11-19")).await, [["Hoa Sen 2"]]);
        assert_eq!(places(app, &product.id, on("2026-11-20")).await, Vec::<Vec<String>>::new());
        app.wake_on(on("2029-01-11")).await;
        app.sign_in(Role::SURVEYOR).await.get("/ket-noi/go").await.says("Siêu thị Hoa Sen");
    }

    async fn only_offices_and_the_chain_itself_keep_its_stores(app: TestApp) {
        let office = app.sign_in(Role::LEADER).await;
        let id = chain(&office, "Siêu thị Hoa Sen").await;
        office.post("/ket-noi/chuoi/moi", &[("name", "Siêu thị Hoa Sen")]).await.expect(409).says("đã có trong danh sách");
        office.post("/ket-noi/chuoi/moi", &[("name", "")]).await.expect(422);
        office.post("/ket-noi/chuoi/moi", &[("name", "X"), ("tax_code", "12")]).await.expect(422);
        let path = format!("/ket-noi/chuoi/{id}/cua-hang");
        let whole = [("store_name", "Hoa Sen 1"), ("store_address", "Số 1"), ("unit", "Hà Đông")];
        for (name, value) in [("store_name", ""), ("store_address", ""), ("unit", ""), ("unit", "Không có"), ("lon", "200"), ("lon", "105,8")] {
            let mut fields = whole.to_vec();
            fields.retain(|(known, _)| *known != name);
            fields.push((name, value));
            office.post(&path, &fields).await.expect(422).says("error-summary");
        }
        app.sign_in(Role::BUSINESS).await.post(&path, &whole).await.expect(404);
        app.sign_in(Role::COMMUNE).await.post(&path, &whole).await.expect(403);
        app.sign_in_as("khaosat2@ocop.example").await.post("/ket-noi/chuoi/moi", &[("name", "Y")]).await.expect(403);
        app.sign_in_new(Role::BUSINESS, &id, None).await.post(&path, &whole).await.expect(303);
        office.get("/ket-noi/chuoi/none").await.expect(404);
        assert_eq!(app.verbs("chain", &id).await, ["add_chain", "add_store"]);
    }
}
