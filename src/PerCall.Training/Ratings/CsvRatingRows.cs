using CsvHelper;

namespace PerCall.Training.Ratings;

/// <summary>
/// Reads rows of a CSV file (RFC 4180). With a header, columns may be in any order. Without one, they are user, item, rating, timestamp;
/// the last two are optional. Fields are separated by commas, semicolons or tabs.
/// </summary>
internal static class CsvRatingRows
{
    private static readonly char[] Separators = [',', ';', '\t'];

    /// <summary>Returns the separator of a file: the one that yields known headings in its first line, or else the most fields.</summary>
    public static char SeparatorOf(string first) => Separators
        .Select(s => (Separator: s, Fields: first.Split(s).Select(f => f.Trim().Trim('"')).ToArray()))
        .MaxBy(s => (CsvColumns.Known(s.Fields), s.Fields.Length)).Separator;

    public static IEnumerable<RatingRow> Read(TextReader reader, char separator, RatingFaults faults)
    {
        using var csv = CsvReader.Create(reader, new CsvReaderOptions
        {
            Separator = separator,
            HasHeader = false,
            TrackLineNumbers = true,
            MalformedData = CsvMalformedDataHandling.Skip,
            OnMalformedRecord = record =>
            {
                if (record.Reason != CsvMalformedReason.FieldCountMismatch)
                {
                    faults.Add(
                        record.LineNumber, $"{RatingFaults.Show(record.RawRecord.TrimEnd())} has a misplaced or unclosed quotation mark.");
                }
            },
        });
        CsvColumns? columns = null;
        RatingRow? first = null;
        var (rows, likeFirst) = (0, false);
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
                faults.Add(
                    csv.LineNumber,
                    $"{RatingFaults.Show(string.Join(separator, fields))} has {fields.Length} field(s); expected {columns.Count}, "
                        + "as in the first line.");
                continue;
            }

            var row = new RatingRow(
                csv.LineNumber,
                fields[columns.User],
                fields[columns.Item],
                CsvColumns.Get(fields, columns.Rating),
                CsvColumns.Get(fields, columns.Time));
            rows++;
            likeFirst |= first is not null && !HasIdsOfDigits(row);
            first ??= row;
            yield return row;
        }

        // An unknown header: words in the first row, while every id below contains digits.
        if (columns is { IsHeader: false } && first is { } header && rows > 2 && !likeFirst
            && !HasDigit(header.User) && !HasDigit(header.Item))
        {
            faults.Add(header.Line, CsvColumns.UnknownHeader([header.User, header.Item]));
        }
    }

    private static bool HasIdsOfDigits(RatingRow row) => HasDigit(row.User) && HasDigit(row.Item);

    private static bool HasDigit(string id) => id.AsSpan().ContainsAnyInRange('0', '9');
}
