use super::model::Issuer;
