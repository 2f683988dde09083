//! The eight kinds of place. Pure.

use crate::text::Tongue;

/// Kind of place, the eight of Decision 950/QĐ-BCT, group 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Nhà ga, sân bay, bến xe, bến tàu.
    TransportHub,
    /// Trạm, điểm dừng nghỉ.
    RestStop,
    /// Trung tâm thương mại, siêu thị, chợ.
    MallMarket,
    /// Khu du lịch, nhà hàng, khách sạn.
    TourismHospitality,
    /// Làng nghề.
    CraftVillage,
    /// Trung tâm dịch vụ thương mại; khu, cụm công nghiệp.
    ServiceIndustrial,
    /// Trung tâm hội chợ, triển lãm.
    FairExhibition,
    /// Bưu cục, bưu điện văn hóa xã.
    PostOffice,
}

impl Kind {
    /// All kinds in the order of the decision.
    pub const ALL: [Kind; 8] = [
        Kind::TransportHub,
        Kind::RestStop,
        Kind::MallMarket,
        Kind::TourismHospitality,
        Kind::CraftVillage,
        Kind::ServiceIndustrial,
        Kind::FairExhibition,
        Kind::PostOffice,
    ];

    /// The word in the store and in files.
    pub fn word(self) -> &'static str {
        match self {
            Kind::TransportHub => "transport_hub",
            Kind::RestStop => "rest_stop",
            Kind::MallMarket => "mall_market",
            Kind::TourismHospitality => "tourism_hospitality",
            Kind::CraftVillage => "craft_village",
            Kind::ServiceIndustrial => "service_industrial",
            Kind::FairExhibition => "fair_exhibition",
            Kind::PostOffice => "post_office",
        }
    }

    /// The name on pages.
    pub fn name(self, lang: Tongue) -> &'static str {
        match self {
            Kind::TransportHub => lang.pick("Nhà ga, sân bay, bến xe, bến tàu", "Station, airport, bus or boat terminal"),
            Kind::RestStop => lang.pick("Trạm, điểm dừng nghỉ", "Road rest stop"),
            Kind::MallMarket => lang.pick("Trung tâm thương mại, siêu thị, chợ", "Shopping centre, supermarket, market"),
            Kind::TourismHospitality => lang.pick("Khu du lịch, nhà hàng, khách sạn", "Tourist site, restaurant, hotel"),
            Kind::CraftVillage => lang.pick("Làng nghề", "Craft village"),
            Kind::ServiceIndustrial => lang.pick("Trung tâm dịch vụ; khu, cụm công nghiệp", "Service centre, industrial zone"),
            Kind::FairExhibition => lang.pick("Trung tâm hội chợ, triển lãm", "Fair or exhibition centre"),
            Kind::PostOffice => lang.pick("Bưu cục, bưu điện văn hóa xã", "Post office"),
        }
    }

    /// Reads the word, or the Vietnamese name in any spelling.
    pub fn read(text: &str) -> Option<Kind> {
        let folded = crate::text::fold(text);
        Kind::ALL.into_iter().find(|kind| kind.word() == text || (!folded.is_empty() && crate::text::fold(kind.name(Tongue::Vi)) == folded))
    }

    /// Values and labels for a select, with an empty first line.
    pub fn choices(lang: Tongue) -> Vec<(String, String)> {
        let first = (String::new(), lang.pick("Chọn loại hình", "Choose a kind").to_owned());
        std::iter::once(first).chain(Kind::ALL.into_iter().map(|kind| (kind.word().to_owned(), kind.name(lang).to_owned()))).collect()
    }
}

/// Name of a stored kind word; "chưa rõ" when none was stated.
pub fn kind_name(word: &str, lang: Tongue) -> &'static str {
    Kind::read(word).map_or(lang.pick("Chưa rõ loại hình", "Kind not stated"), |kind| kind.name(lang))
}
