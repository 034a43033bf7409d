using CsvHelper;

namespace PerCall.Training.Ratings;

/// <summary>Rows of a CSV file (RFC 4180): named columns in any order, or without a header user, item, rating, timestamp, the last two of which may be absent.</summary>
internal static class CsvRatingRows
{
    public static IEnumerable<RatingRow> Read(TextReader reader, RatingFaults faults)
    {
        using var csv = CsvReader.Create(reader, new CsvReaderOptions
        {
            Separator = ',',
            HasHeader = false,
            TrackLineNumbers = true,
            MalformedData = CsvMalformedDataHandling.Skip,
            OnMalformedRecord = record =>
            {
                if (record.Reason != CsvMalformedReason.FieldCountMismatch)
                {
                    faults.Add(record.LineNumber, $"{RatingFaults.Show(record.RawRecord.TrimEnd())} has a quote that is out of place or never closed.");
                }
            },
        });
        CsvColumns? columns = null;
        while (csv.Read())
        {
            string[] fields = [.. Enumerable.Range(0, csv.FieldCount).Select(csv.GetString)];
            if (columns is null)
            {
                columns = CsvColumns.Of(fields);
                if (columns.Problem is { } problem)
                {
                    faults.Add(csv.LineNumber, problem);
                    yield break;
                }

                if (columns.IsHeader)
                {
                    continue;
                }
            }

            if (fields.Length != columns.Count)
            {
                faults.Add(csv.LineNumber, $"{RatingFaults.Show(string.Join(',', fields))} has {fields.Length} field(s); {columns.Count} are expected, as in the first line.");
                continue;
            }

            yield return new(csv.LineNumber, fields[columns.User], fields[columns.Item], CsvColumns.Get(fields, columns.Rating), CsvColumns.Get(fields, columns.Time));
        }
    }
}
