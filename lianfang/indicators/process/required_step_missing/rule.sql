WITH seen AS (
    SELECT log_id, case_id FROM event WHERE log_id IS NOT NULL AND case_id IS NOT NULL GROUP BY log_id, case_id
), present AS (
    -- a step that was begun counts as there: its completion may only not have been written
    SELECT log_id, case_id, activity
    FROM event
    WHERE log_id IS NOT NULL AND case_id IS NOT NULL AND activity IS NOT NULL
        AND (end_time IS NOT NULL OR coalesce(lifecycle, 'start') = 'start')
    GROUP BY log_id, case_id, activity
), due AS (
    SELECT
        c.log_id, c.case_id, c.unit_id, c.case_type, c.outcome, c.closed_time,
        r.rule_no, r.activity_a, r.activity_b, r.source
    FROM event_case AS c
    JOIN seen AS s ON s.log_id = c.log_id AND s.case_id = c.case_id
    JOIN flow_rule AS r ON r.log_id = c.log_id
    LEFT JOIN present AS b ON b.log_id = c.log_id AND b.case_id = c.case_id AND b.activity = r.activity_b
    WHERE r.kind = 'required_step' AND c.closed_time IS NOT NULL
        AND (r.activity_b IS NULL OR b.activity IS NOT NULL)
        AND (c.outcome IS NULL OR NOT param_has('abandoned', c.outcome))
        AND (r.effective_from IS NULL OR r.effective_from <= CAST(c.closed_time AS DATE))
        AND (r.effective_until IS NULL OR r.effective_until > CAST(c.closed_time AS DATE))
), missing AS (
    SELECT
        d.log_id, d.case_id, d.unit_id, d.case_type, d.outcome, d.closed_time,
        count(*) AS steps_missing, joined(d.rule_no) AS rules, joined(d.activity_a) AS steps, joined(d.source) AS sources
    FROM due AS d
    LEFT JOIN present AS a ON a.log_id = d.log_id AND a.case_id = d.case_id AND a.activity = d.activity_a
    WHERE a.activity IS NULL AND d.log_id IS NOT NULL AND d.case_id IS NOT NULL
    GROUP BY d.log_id, d.case_id, d.unit_id, d.case_type, d.outcome, d.closed_time
)
SELECT
    unit_id, 'event_case' AS subject_type, log_id || '/' || case_id AS subject_id,
    steps_missing AS metric,
    log_id, case_id, case_type, outcome, closed_time, rules, steps, sources
FROM missing
