//! Where access tokens of Microsoft Entra are asked for, as arguments.

use agent::SignInAt;
use clap::Args;
use probe::{Context, IdentityAddress};

/// In place of what the cloud and this host say.
#[derive(Args, Clone, Debug)]
pub(super) struct IdentityFrom {
    /// Token service in place of the cloud's own: https://HOST, or http:// on loopback
    #[arg(long, env = "LINECHECK_AUTHORITY", value_name = "URL")]
    authority: Option<IdentityAddress>,
    /// Metadata service that gives this host's managed identity its tokens [default: IDENTITY_ENDPOINT where it is
    /// set, else http://169.254.169.254]
    #[arg(long, env = "LINECHECK_METADATA", value_name = "URL")]
    metadata: Option<IdentityAddress>,
}

impl IdentityFrom {
    /// Puts what was given into the context.
    pub(super) fn apply(self, context: &mut Context) {
        let Self {
            authority,
            metadata,
        } = self;
        SignInAt {
            authority,
            metadata,
        }
        .give(context);
    }
}
