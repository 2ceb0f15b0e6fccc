//! What a stored time-stamp response claims. Whether its authority can be trusted is decided by
//! whoever verifies, against roots of his own; nothing here is called trusted.

use proofline::store::{Store, StoreError};
use proofline_format::json::Value;
use proofline_format::object::ItemKind;
use proofline_tsa::{Expected, HashAlgorithm, Imprint, Options, SignatureState, verify};

/// What a token says of itself.
#[derive(Debug, Clone)]
pub(crate) struct Claimed {
    /// Size of the checkpoint that it was obtained for.
    pub(crate) size: u64,
    /// The time in it.
    pub(crate) gen_time: Option<String>,
    /// The subject of the certificate that it names as its signer's.
    pub(crate) signer: Option<String>,
    /// Whether its signature is by that certificate, and over the checkpoint entry's chain hash.
    pub(crate) holds: bool,
}

impl Claimed {
    /// The newest token of a checkpoint, if there is one.
    pub(crate) fn of_checkpoint(store: &Store, size: u64) -> Result<Option<Self>, StoreError> {
        let items = store.items(size)?;
        let Some(item) = items
            .iter()
            .rfind(|item| item.kind == ItemKind::TimeStampResponse)
        else {
            return Ok(None);
        };
        let entry = store.entry(size)?.ok_or(StoreError::Form {
            what: "checkpoint entry",
            index: size,
        })?;
        let imprint = Imprint::new(HashAlgorithm::Sha256, &entry.entry.chain_hash.0);
        let wanted = imprint
            .as_ref()
            .map_or(Expected::NotGiven, Expected::Imprint);
        let report = verify(&item.bytes, wanted, &[], &Options::default());
        let claims = report.claims();
        let is_imprint = imprint.is_some() && claims.and_then(|c| c.imprint.clone()) == imprint;
        Ok(Some(Self {
            size,
            gen_time: claims.map(|claims| claims.gen_time.to_string()),
            signer: report.signer().map(|signer| signer.subject.clone()),
            holds: is_imprint && report.signature() == SignatureState::MatchesSigner,
        }))
    }

    /// In words: who says which time.
    pub(crate) fn words(&self) -> String {
        let unknown = || "unreadable".to_owned();
        let time = self.gen_time.clone().unwrap_or_else(unknown);
        let signer = self.signer.clone().unwrap_or_else(unknown);
        let state = if self.holds {
            ""
        } else {
            ", but its token does not hold"
        };
        format!("{time} by {signer}{state}")
    }

    /// For programs.
    pub(crate) fn to_value(&self) -> Value {
        Value::object([
            ("gen_time", Value::text_or_null(self.gen_time.as_deref())),
            ("holds", self.holds.into()),
            ("signer", Value::text_or_null(self.signer.as_deref())),
            ("size", self.size.into()),
        ])
    }
}
