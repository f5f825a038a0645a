WITH first_done AS (
    SELECT log_id, case_id, activity, min(end_time) AS done_at
    FROM event
    WHERE log_id IS NOT NULL AND case_id IS NOT NULL AND activity IS NOT NULL AND end_time IS NOT NULL
    GROUP BY log_id, case_id, activity
), turned AS (
    SELECT
        a.log_id, a.case_id, r.rule_no, r.source, b.activity || ' < ' || a.activity AS steps, a.done_at, b.done_at AS early_at
    FROM flow_rule AS r
    JOIN first_done AS a ON a.log_id = r.log_id AND a.activity = r.activity_a
    JOIN first_done AS b ON b.log_id = a.log_id AND b.case_id = a.case_id AND b.activity = r.activity_b
    WHERE r.kind = 'order' AND b.done_at < a.done_at
        -- exactly midnight is a day without an hour: within that day nobody knows the order
        AND (
            CAST(b.done_at AS DATE) < CAST(a.done_at AS DATE)
            OR b.done_at > CAST(CAST(b.done_at AS DATE) AS TIMESTAMP)
        )
        AND (r.effective_from IS NULL OR r.effective_from <= CAST(b.done_at AS DATE))
        AND (r.effective_until IS NULL OR r.effective_until > CAST(b.done_at AS DATE))
), cases AS (
    SELECT
        log_id, case_id, count(*) AS rules_broken, joined(rule_no) AS rules, joined(steps) AS steps,
        joined(source) AS sources, min(early_at) AS early_at, max(done_at) AS done_at
    FROM turned
    WHERE log_id IS NOT NULL AND case_id IS NOT NULL
    GROUP BY log_id, case_id
)
SELECT
    c.unit_id, 'event_case' AS subject_type, t.log_id || '/' || t.case_id AS subject_id,
    t.rules_broken AS metric,
    t.log_id, t.case_id, t.rules, t.steps, t.sources, t.early_at, t.done_at
FROM cases AS t
LEFT JOIN event_case AS c ON c.log_id = t.log_id AND c.case_id = t.case_id
