WITH done AS (
    SELECT log_id, case_id, activity, resource, min(end_time) AS first_time, max(end_time) AS last_time
    FROM event
    WHERE end_time IS NOT NULL AND resource IS NOT NULL AND NOT param_has('automatic', resource)
    GROUP BY log_id, case_id, activity, resource
), pairs AS (
    SELECT
        a.log_id, a.case_id, a.resource, r.rule_no, r.source, a.activity || ' + ' || b.activity AS steps,
        greatest(a.first_time, b.first_time) AS both_first, greatest(a.last_time, b.last_time) AS both_last
    FROM flow_rule AS r
    JOIN done AS a ON a.log_id = r.log_id AND a.activity = r.activity_a
    JOIN done AS b
        ON b.log_id = a.log_id AND b.case_id = a.case_id AND b.resource = a.resource AND b.activity = r.activity_b
    WHERE r.kind = 'four_eyes'
        AND (r.effective_from IS NULL OR r.effective_from <= CAST(greatest(a.last_time, b.last_time) AS DATE))
        AND (r.effective_until IS NULL OR r.effective_until > CAST(greatest(a.first_time, b.first_time) AS DATE))
), persons AS (
    SELECT
        log_id, case_id, resource, count(*) AS pairs_done, joined(rule_no) AS rules, joined(steps) AS steps,
        joined(source) AS sources, min(both_first) AS both_done_at
    FROM pairs
    WHERE log_id IS NOT NULL AND case_id IS NOT NULL AND resource IS NOT NULL
    GROUP BY log_id, case_id, resource
)
SELECT
    c.unit_id, 'event_case' AS subject_type, p.log_id || '/' || p.case_id AS subject_id, p.resource AS person_id,
    p.pairs_done AS metric,
    p.log_id, p.case_id, p.rules, p.steps, p.sources, p.both_done_at
FROM persons AS p
LEFT JOIN event_case AS c ON c.log_id = p.log_id AND c.case_id = p.case_id
