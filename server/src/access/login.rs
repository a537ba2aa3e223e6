//! Logins: made with the password, known again by a cookie, ended by logout or after 12 hours.
//!
//! ```text
//!   password ──▶ cookie (256 random bits) ──▶ call ──▶ Operator ──ended()──▶ its streams end
//!                     │ kept hashed            ▲                    ▲
//!                     └────────▶ store ────────┘      logout, watch ┘
//! ```
//!
//! Logout ends a login's streams at once when they are here; [`watch`] asks the store now and then, so that they
//! also end when the login expired or was ended elsewhere.

use super::Gate;
use crate::app::App;
use crate::store::{StoreError, StoreResult};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Somebody who may do everything, for one call.
#[derive(Clone, Debug)]
pub struct Operator {
    /// When the login ends; absent where none is needed.
    pub expires_at: Option<DateTime<Utc>>,
    login: Option<Arc<CancellationToken>>,
}

impl Operator {
    /// Whoever calls a portal without a password.
    #[must_use]
    pub fn anyone() -> Self {
        Self {
            expires_at: None,
            login: None,
        }
    }

    /// Ready when the login has ended. Absent where none is needed: then nothing ends.
    #[must_use]
    pub fn ended(&self) -> Option<WaitForCancellationFutureOwned> {
        let token = CancellationToken::clone(self.login.as_deref()?);
        Some(token.cancelled_owned())
    }
}

/// The logins that calls are being answered under, each known by what is kept of its cookie.
#[derive(Debug, Default)]
pub(super) struct Live {
    logins: Mutex<HashMap<[u8; 32], Weak<CancellationToken>>>,
}

impl Live {
    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Weak<CancellationToken>>> {
        self.logins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The token of a login; one that was cancelled stays so for as long as somebody holds it.
    fn token(&self, kept: [u8; 32]) -> Arc<CancellationToken> {
        let mut logins = self.lock();
        let known = logins.get(&kept).and_then(Weak::upgrade);
        known.unwrap_or_else(|| {
            let token = Arc::new(CancellationToken::new());
            logins.insert(kept, Arc::downgrade(&token));
            token
        })
    }

    fn end(&self, kept: &[u8; 32]) {
        let token = self.lock().remove(kept).and_then(|login| login.upgrade());
        if let Some(token) = token {
            token.cancel();
        }
    }

    /// Those that somebody holds; the others are forgotten.
    fn held(&self) -> Vec<[u8; 32]> {
        let mut logins = self.lock();
        logins.retain(|_, login| login.strong_count() > 0);
        logins.keys().copied().collect()
    }
}

/// Why nobody was logged in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// There is no password to log in with.
    #[error("this portal has no password: everything is open")]
    NoPassword,
    /// Too many tries.
    #[error("too many tries; another one in {0} s")]
    TooMany(u64),
    /// Not the password.
    #[error("the password is wrong")]
    Wrong,
    /// The store's.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Logs in; the answer is the cookie, seen this once, and for how many seconds it is good.
///
/// # Errors
/// See [`LoginError`].
pub async fn log_in(
    app: &Arc<App>,
    from: IpAddr,
    password: String,
) -> Result<(String, u64), LoginError> {
    let gate = &app.gate;
    if !gate.has_password() {
        return Err(LoginError::NoPassword);
    }
    gate.tries.count(from, app.now()).map_err(|seconds| {
        app.metrics.login_refused("too_many");
        tracing::warn!(login.wait_s = seconds, "too many tries to log in");
        LoginError::TooMany(seconds)
    })?;
    if !is_right(app, password).await {
        app.metrics.login_refused("wrong");
        tracing::warn!("a login was refused");
        return Err(LoginError::Wrong);
    }
    let cookie = hex::encode(rand::random::<[u8; 32]>());
    let kept = gate.kept(&cookie).ok_or(LoginError::NoPassword)?;
    let now = app.now();
    let lasts = TimeDelta::from_std(gate.lasts).unwrap_or(TimeDelta::zero());
    app.store.put_session(&kept, now + lasts, now).await?;
    tracing::info!("the operator logged in");
    Ok((cookie, gate.lasts.as_secs()))
}

/// Compares on a thread that may block; few at once, for each takes memory and a core.
async fn is_right(app: &Arc<App>, password: String) -> bool {
    let Ok(_turn) = app.gate.comparing.acquire().await else {
        return false;
    };
    let app = Arc::clone(app);
    let compare = move || {
        let known = app.gate.password.as_ref();
        known.is_some_and(|known| known.is(&password))
    };
    tokio::task::spawn_blocking(compare).await.unwrap_or(false)
}

/// Whose cookie it is, if it is good for anything now.
///
/// # Errors
/// The store's.
pub async fn of_cookie(app: &App, cookie: Option<&str>) -> StoreResult<Option<Operator>> {
    if !app.gate.has_password() {
        return Ok(Some(Operator::anyone()));
    }
    let Some(kept) = cookie.and_then(|cookie| app.gate.kept(cookie)) else {
        return Ok(None);
    };
    // Held before the look, so that no logout is missed in between.
    let login = app.gate.live.token(kept);
    let expires_at = app.store.session(&kept).await?;
    let good = expires_at.filter(|end| app.now() < *end && !login.is_cancelled());
    Ok(good.map(|end| Operator {
        expires_at: Some(end),
        login: Some(login),
    }))
}

/// Ends a login, and all that is being answered under it.
///
/// # Errors
/// The store's.
pub async fn log_out(app: &App, cookie: &str) -> StoreResult<()> {
    if let Some(kept) = app.gate.kept(cookie) {
        app.store.delete_session(&kept).await?;
        app.gate.live.end(&kept);
        tracing::info!("the operator logged out");
    }
    Ok(())
}

/// Ends what is being answered under logins that are over, until the portal goes away.
pub async fn watch(app: &App) {
    if !app.gate.has_password() {
        return;
    }
    let mut due = tokio::time::interval(app.timing.login_looked_at);
    due.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = due.tick() => {}
            () = app.closing.cancelled() => return,
        }
        for kept in app.gate.live.held() {
            match app.store.session(&kept).await {
                Ok(end) if end.is_none_or(|end| end <= app.now()) => app.gate.live.end(&kept),
                Ok(_) => {}
                Err(error) => tracing::warn!(error = %error, "a login could not be looked at"),
            }
        }
    }
}

impl Gate {
    /// What is kept of a cookie.
    fn kept(&self, cookie: &str) -> Option<[u8; 32]> {
        let password = self.password.as_ref()?;
        (cookie.len() == 64).then(|| password.bound(cookie))
    }
}
