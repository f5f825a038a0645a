WITH timed AS (
    SELECT
        c.unit_id, c.case_id, i.name AS item_name, c.accept_time, c.decide_time, i.min_hours,
        hours(c.accept_time, c.decide_time) AS hours_taken
    FROM license_case AS c
    JOIN license_item AS i ON i.item_code = c.item_code
    WHERE c.result = '准予' AND i.min_hours > 0 AND NOT coalesce(i.is_instant, FALSE)
        -- exactly midnight is a day without an hour
        AND c.accept_time <> CAST(CAST(c.accept_time AS DATE) AS TIMESTAMP)
        AND c.decide_time <> CAST(CAST(c.decide_time AS DATE) AS TIMESTAMP)
)
SELECT
    unit_id, 'license_case' AS subject_type, case_id AS subject_id,
    ratio(hours_taken, min_hours) AS metric,
    item_name, accept_time, decide_time, hours_taken, min_hours
FROM timed
WHERE hours_taken >= 0 AND hours_taken < min_hours * param('share')
