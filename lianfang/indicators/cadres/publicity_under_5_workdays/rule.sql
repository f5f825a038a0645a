WITH published AS (
  SELECT
    a.unit_id, a.appt_id, a.person_id, a.publicity_start, a.publicity_end, a.appoint_date, a.from_rank, a.to_rank,
    COALESCE(a.publicity_start, a.appoint_date, as_of()) AS day,
    CASE
      WHEN absent(a.publicity_start) THEN 0
      WHEN a.publicity_end >= a.publicity_start THEN workdays(add_days(a.publicity_start, -1), a.publicity_end)
    END AS given
  FROM appointment AS a
  WHERE a.to_rank > a.from_rank AND NOT COALESCE(a.publicity_exempt, FALSE)
)
SELECT
  p.unit_id, 'appointment' AS subject_type, p.appt_id AS subject_id, p.person_id,
  param('workdays_needed', p.day) - p.given AS metric,
  p.publicity_start, p.publicity_end, p.given AS workdays_given, p.appoint_date, p.from_rank, p.to_rank
FROM published AS p
WHERE p.given < param('workdays_needed', p.day)
