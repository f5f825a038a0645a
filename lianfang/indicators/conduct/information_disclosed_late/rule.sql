WITH clocked AS (
    SELECT
        t.unit_id, t.info_id, t.kind, t.formed_date, t.request_date, t.publish_date, t.extended,
        CASE t.kind WHEN '依申请' THEN t.request_date WHEN '主动' THEN t.formed_date END AS start_date,
        CASE WHEN absent(t.publish_date) THEN as_of() ELSE t.publish_date END AS until_date
    FROM info_disclosure AS t
), counted AS (
    SELECT
        unit_id, info_id, kind, formed_date, request_date, publish_date, extended,
        workdays(start_date, until_date) AS used_days,
        param('disclosure_days', start_date, kind)
            + CASE WHEN extended THEN param('extension_days', start_date, kind) ELSE 0 END AS limit_days
    FROM clocked
)
SELECT
    unit_id, 'info_disclosure' AS subject_type, info_id AS subject_id,
    used_days - limit_days AS metric,
    kind, formed_date, request_date, publish_date, extended, used_days, limit_days
FROM counted
WHERE used_days > limit_days
