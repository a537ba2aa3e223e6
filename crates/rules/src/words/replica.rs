//! The words for availability replicas.

use model::lasting::CatalogPart;

/// A part of what a server knows of its replicas, in words that follow `the server did not tell`.
#[must_use]
pub fn catalog_part(part: CatalogPart) -> &'static str {
    match part {
        CatalogPart::Server => "its name and what this login may see",
        CatalogPart::Clock => "its clock",
        CatalogPart::Replicas => "its availability replicas and their states",
        CatalogPart::Endpoints => "its endpoints for replicas",
        CatalogPart::Permissions => "who may connect to those endpoints",
        CatalogPart::ErrorLog => "its error log",
        CatalogPart::Unknown => "something that this version does not know",
    }
}
