WITH timed AS (
    SELECT
        unit_id, complaint_id, channel, topic, receive_time, due_time, close_time,
        coalesce(close_time, CAST(as_of() AS TIMESTAMP)) AS until_time,
        due_time = CAST(CAST(due_time AS DATE) AS TIMESTAMP) AS due_by_day
    FROM complaint
    WHERE due_time IS NOT NULL
), late AS (
    SELECT
        unit_id, complaint_id, channel, topic, receive_time, due_time, close_time,
        -- where only a day is set the whole of that day is in time
        CASE WHEN due_by_day THEN days(due_time, until_time) * 24 ELSE hours(due_time, until_time) END AS hours_late
    FROM timed
)
SELECT
    unit_id, 'complaint' AS subject_type, complaint_id AS subject_id,
    hours_late AS metric,
    channel, topic, receive_time, due_time, close_time
FROM late
WHERE hours_late > 0
