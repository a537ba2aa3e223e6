//! The store as connections see it.

use super::{Session, Store};
use tds::rows::Value;
use tds::token::{Body, EnvChange, EnvKind};

const CREATE: &str = "CREATE TABLE [scratch].[v] ([operation] int NOT NULL PRIMARY KEY, [times] int NOT NULL); \
    CREATE TABLE [scratch].[t] ([operation_id] uniqueidentifier NOT NULL PRIMARY KEY, [result] int NULL, \
    [at] datetime2 NOT NULL DEFAULT SYSUTCDATETIME()); \
    INSERT INTO [scratch].[v] ([operation], [times]) VALUES (1, 0), (2, 0);";
const WRITE: &str = "SET XACT_ABORT ON; BEGIN TRANSACTION; \
    INSERT INTO [scratch].[t] ([operation_id]) VALUES ('a'); \
    UPDATE [scratch].[v] SET [times] = [times] + 1 WHERE [operation] = 1; \
    UPDATE [scratch].[t] SET [result] = (SELECT [times] FROM [scratch].[v] WHERE [operation] = 1) \
    WHERE [operation_id] = 'a';";
const COMMIT: &str = "COMMIT TRANSACTION;";
const ASK: &str =
    "SELECT [result] FROM [scratch].[t] WITH (READCOMMITTEDLOCK) WHERE [operation_id] = 'a';";
const READ: &str = "SELECT [operation], [times] FROM [scratch].[v] WITH (READCOMMITTEDLOCK) WHERE [operation] > 0 \
    AND [operation] <= 9 ORDER BY [operation];";

/// A connection, with the transaction that its client knows of.
#[derive(Default)]
struct Client {
    session: Session,
    transaction: u64,
}

impl Client {
    async fn send(&mut self, store: &Store, sql: &str) -> Vec<Body> {
        let reply = self.session.batch(store, sql, self.transaction).await;
        let reply = reply.expect("understood");
        for token in &reply {
            if let Body::EnvChange(EnvChange { kind, change }) = token {
                self.transaction = match (*kind, change) {
                    (EnvKind::BEGIN_TRANSACTION, tds::token::Change::Bytes { new, .. }) => {
                        u64::from_le_bytes(new.as_slice().try_into().expect("8 bytes"))
                    }
                    _ => 0,
                };
            }
        }
        reply
    }
}

fn errors(reply: &[Body]) -> Vec<i32> {
    let number = |token: &Body| match token {
        Body::Error(message) => Some(message.number),
        _ => None,
    };
    reply.iter().filter_map(number).collect()
}

fn rows(reply: Vec<Body>) -> Vec<Vec<Value>> {
    let row = |token| match token {
        Body::Row(values) => Some(values),
        _ => None,
    };
    reply.into_iter().filter_map(row).collect()
}

#[tokio::test]
async fn a_write_and_its_tracker_row_are_there_together_or_not_at_all() {
    let store = Store::default();
    let mut one = Client::default();
    assert_eq!(errors(&one.send(&store, CREATE).await), [0_i32; 0]);
    assert_eq!(errors(&one.send(&store, WRITE).await), [0_i32; 0]);
    // Its connection ends before COMMIT.
    drop(one);
    let mut two = Client::default();
    assert!(rows(two.send(&store, ASK).await).is_empty());
    two.send(&store, WRITE).await;
    two.send(&store, COMMIT).await;
    assert_eq!(rows(two.send(&store, ASK).await), [[Value::Int(1)]]);
    // The same id again: refused, and nothing of it stays.
    assert_eq!(errors(&two.send(&store, WRITE).await), [2627]);
    assert_eq!(errors(&two.send(&store, COMMIT).await), [3902]);
    assert_eq!(
        rows(two.send(&store, READ).await),
        [
            [Value::Int(1), Value::Int(1)],
            [Value::Int(2), Value::Int(0)]
        ]
    );
}

#[tokio::test]
async fn another_connection_waits_for_an_open_transaction() {
    let store = Store::default();
    let (mut one, mut two) = (Client::default(), Client::default());
    one.send(&store, CREATE).await;
    one.send(&store, WRITE).await;
    let mut asked = std::pin::pin!(two.send(&store, ASK));
    assert!(futures::poll!(&mut asked).is_pending());
    one.send(&store, COMMIT).await;
    assert_eq!(rows(asked.await), [[Value::Int(1)]]);
}

#[tokio::test]
async fn objects_are_named_and_refused_by_number() {
    let store = Store::default();
    let mut one = Client::default();
    let create = |schema: &str| {
        format!(
            "CREATE TABLE [{}].[v] ([operation] int NOT NULL PRIMARY KEY, [times] int NOT NULL)",
            schema.replace(']', "]]")
        )
    };
    for (schema, expected) in [
        ("scratch", vec![]),
        ("scratch", vec![2714]),
        ("odd ]'; name", vec![]),
        ("forbidden", vec![262]),
        ("elsewhere", vec![2760]),
    ] {
        assert_eq!(
            errors(&one.send(&store, &create(schema)).await),
            expected,
            "{schema}"
        );
    }
    assert_eq!(errors(&one.send(&store, ASK).await), [208]);
    let exists = "SELECT OBJECT_ID(N'[odd ]]''; name].[v]', N'U');";
    assert_eq!(rows(one.send(&store, exists).await), [[Value::Int(1)]]);
    let gone =
        "IF OBJECT_ID(N'[odd ]]''; name].[v]', N'U') IS NOT NULL DROP TABLE [odd ]]'; name].[v];";
    for _ in 0..2 {
        assert_eq!(errors(&one.send(&store, gone).await), [0_i32; 0]);
    }
    assert_eq!(rows(one.send(&store, exists).await), [[Value::Null]]);
    assert_eq!(store.tables().await, 1);
}

#[tokio::test]
async fn a_request_says_which_transaction_it_belongs_to() {
    let store = Store::default();
    let mut one = Client::default();
    one.send(&store, CREATE).await;
    one.send(&store, WRITE).await;
    one.transaction = 0;
    assert_eq!(errors(&one.send(&store, COMMIT).await), [3989]);
    assert!(rows(one.send(&store, ASK).await).is_empty(), "rolled back");
    assert!(one.session.batch(&store, "SELECT 1", 0).await.is_none());
}
