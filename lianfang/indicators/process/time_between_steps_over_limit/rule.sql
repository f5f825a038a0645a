WITH begun AS (
    SELECT log_id, case_id, activity, min(end_time) AS done_at
    FROM event
    WHERE log_id IS NOT NULL AND case_id IS NOT NULL AND activity IS NOT NULL AND end_time IS NOT NULL
    GROUP BY log_id, case_id, activity
), last_moment AS (
    SELECT log_id, max(end_time) AS last_at FROM event WHERE log_id IS NOT NULL GROUP BY log_id
), closing AS (
    SELECT log_id FROM event_case WHERE log_id IS NOT NULL AND closed_time IS NOT NULL GROUP BY log_id
), waited AS (
    SELECT
        a.log_id, a.case_id, r.rule_no, r.kind, r.activity_a, r.activity_b, r.limit_value, r.source,
        a.done_at AS from_time, min(b.end_time) AS to_time
    FROM flow_rule AS r
    JOIN begun AS a ON a.log_id = r.log_id AND a.activity = r.activity_a
    LEFT JOIN event AS b
        ON b.log_id = a.log_id AND b.case_id = a.case_id AND b.activity = r.activity_b
        AND CAST(b.end_time AS DATE) >= CAST(a.done_at AS DATE)
    WHERE r.kind IN ('max_workdays', 'max_hours') AND r.activity_b IS NOT NULL AND r.limit_value > 0
        AND (r.effective_from IS NULL OR r.effective_from <= CAST(a.done_at AS DATE))
        AND (r.effective_until IS NULL OR r.effective_until > CAST(a.done_at AS DATE))
        AND a.log_id IS NOT NULL AND a.case_id IS NOT NULL
    GROUP BY
        a.log_id, a.case_id, r.rule_no, r.kind, r.activity_a, r.activity_b, r.limit_value, r.source, a.done_at
), timed AS (
    SELECT
        w.log_id, w.case_id, c.unit_id, w.rule_no, w.kind, w.activity_a, w.activity_b, w.limit_value, w.source,
        w.from_time, w.to_time,
        CASE w.kind
            WHEN 'max_workdays' THEN CAST(workdays(w.from_time, coalesce(w.to_time, l.last_at)) AS DECIMAL(18, 6))
            ELSE hours(w.from_time, coalesce(w.to_time, l.last_at))
        END AS elapsed
    FROM waited AS w
    JOIN last_moment AS l ON l.log_id = w.log_id
    LEFT JOIN event_case AS c ON c.log_id = w.log_id AND c.case_id = w.case_id
    LEFT JOIN closing AS g ON g.log_id = w.log_id
    -- without the second step a case counts only while the log shows it to be open
    WHERE w.to_time IS NOT NULL OR (g.log_id IS NOT NULL AND c.log_id IS NOT NULL AND c.closed_time IS NULL)
), ranked AS (
    SELECT
        log_id, case_id, unit_id, rule_no, kind, activity_a, activity_b, limit_value, source, from_time, to_time, elapsed,
        ratio(elapsed, limit_value) AS share,
        count(*) OVER (PARTITION BY log_id, case_id) AS rules_exceeded,
        row_number() OVER (PARTITION BY log_id, case_id ORDER BY ratio(elapsed, limit_value) DESC, rule_no) AS place
    FROM timed
    WHERE elapsed > limit_value
)
SELECT
    unit_id, 'event_case' AS subject_type, log_id || '/' || case_id AS subject_id,
    share AS metric,
    log_id, case_id, rule_no, kind, activity_a, activity_b, from_time, to_time, elapsed, limit_value, source, rules_exceeded
FROM ranked
WHERE place = 1
