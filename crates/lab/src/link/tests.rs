//! The two servers, asked as Linecheck asks them.

use super::*;
use tds::rows::Value;

fn link(part: Part) -> (Arc<Link>, Arc<Net>) {
    let net = Arc::new(Net::default());
    (Link::new(part, Arc::clone(&net)).unwrap(), net)
}

async fn ask(link: &Arc<Link>, sql: &str) -> Vec<Body> {
    match link.batch(sql).await {
        Some(Answer::Tokens(tokens)) => tokens,
        Some(Answer::Gone) => Vec::new(),
        None => panic!("not understood: {sql}"),
    }
}

fn cells(tokens: &[Body]) -> Vec<Vec<Value>> {
    let row = |token: &Body| match token {
        Body::Row(row) => Some(row.clone()),
        _ => None,
    };
    tokens.iter().filter_map(row).collect()
}

fn refused(tokens: &[Body]) -> Option<i32> {
    tokens.iter().find_map(|token| match token {
        Body::Error(message) => Some(message.number),
        _ => None,
    })
}

#[tokio::test]
async fn what_an_endpoint_needs_comes_and_goes_in_order() {
    let (link, _net) = link(Part::Server(Fault::NoMasterKey));
    let certificate =
        "USE [master];\nCREATE CERTIFICATE [c] WITH SUBJECT = N'c', EXPIRY_DATE = N'2099-12-31';";
    let drop = "USE [master];\nIF EXISTS (SELECT 1 FROM [sys].[certificates] WHERE [name] = N'c') DROP CERTIFICATE [c];";
    assert_eq!(refused(&ask(&link, certificate).await), Some(15_581));
    link.catalog().create_master_key("k").unwrap();
    assert_eq!(refused(&ask(&link, certificate).await), None);
    let endpoint = "USE [master]; CREATE ENDPOINT [e] STATE = STARTED AS TCP (LISTENER_PORT = 5022, LISTENER_IP = ALL) FOR \
                    DATABASE_MIRRORING (ROLE = ALL, AUTHENTICATION = CERTIFICATE [c], ENCRYPTION = REQUIRED ALGORITHM AES);";
    assert_eq!(refused(&ask(&link, endpoint).await), None);
    assert_eq!(refused(&ask(&link, drop).await), Some(15_352));
    assert_eq!(refused(&ask(&link, endpoint).await), Some(7862));
    assert_eq!(
        link.inventory(),
        ["certificate c", "endpoint e", "master key k"]
    );
    let gone = "USE [master]; IF EXISTS (SELECT 1 FROM [sys].[endpoints] WHERE [name] = N'e') DROP ENDPOINT [e];";
    assert_eq!(refused(&ask(&link, gone).await), None);
    assert_eq!(refused(&ask(&link, drop).await), None);
    link.catalog().drop_master_key("another's");
    assert_eq!(link.inventory(), ["master key k"]);
    link.catalog().drop_master_key("k");
    assert!(link.inventory().is_empty());
}

#[tokio::test]
async fn a_job_really_connects() {
    let (instance, net) = link(Part::Instance("mi.localhost", Fault::Blocked));
    let server = Link::new(Part::Server(Fault::None), net).unwrap();
    let hadr = server.net.instance("mi.localhost").unwrap().hadr;
    ask(
        &server,
        "EXEC [msdb].[dbo].[sp_add_job] @job_name = N'j', @enabled = 1, @delete_level = 0;",
    )
    .await;
    for (number, host, port) in [(1, "mi.localhost", 5022), (2, "db1.mi.localhost", hadr)] {
        let step = format!(
            "EXEC [msdb].[dbo].[sp_add_jobstep] @job_name = N'j', @step_id = {number}, @step_name = N's', @subsystem = \
             N'PowerShell', @command = N'Test-NetConnection -ComputerName ''{host}'' -Port {port} -WarningAction x', \
             @on_success_action = 3, @on_fail_action = 3;"
        );
        assert_eq!(refused(&ask(&server, &step).await), None);
    }
    let start = "EXEC [msdb].[dbo].[sp_start_job] @job_name = N'j';";
    assert_eq!(
        refused(&ask(&server, start).await),
        Some(14_262),
        "no server yet"
    );
    let here = "EXEC [msdb].[dbo].[sp_add_jobserver] @job_name = N'j', @server_name = N'(local)';";
    ask(&server, here).await;
    assert_eq!(refused(&ask(&server, start).await), None);
    let history = "SELECT [h].[step_id], [h].[run_status], [h].[message] FROM [msdb].[dbo].[sysjobhistory] AS [h] INNER \
                   JOIN [msdb].[dbo].[sysjobs] AS [j] ON [j].[job_id] = [h].[job_id] WHERE [j].[name] = N'j' ORDER BY \
                   [h].[instance_id];";
    let rows = loop {
        let rows = cells(&ask(&server, history).await);
        if !rows.is_empty() {
            break rows;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    };
    let said = |row: usize| format!("{:?}", rows[row][2]);
    assert!(said(0).contains("TcpTestSucceeded : True"), "{}", said(0));
    assert!(said(1).contains("TcpTestSucceeded : False"), "{}", said(1));
    assert_eq!(rows[2][0], Value::Int(0));
    assert!(instance.inventory().is_empty());
}
