using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Formats;

/// <summary>Generated files: every row comes out once, as a row or as a fault, wherever the file is cut.</summary>
public sealed class CsvPropertyTests
{
    private static readonly string[] Ends = ["\n", "\r\n", "\r"];

    /// <summary>The same files in each run, so that a failure is one of the code.</summary>
    private static Config Sure(int files) => Config.QuickThrowOnFailure.WithMaxTest(files).WithReplay(20261128, 1);

    [Fact]
    public void Read_OfWholeRows_WhateverEndsThem_GivesEachOnceWithItsFields() =>
        Check.One(Sure(400), Prop.ForAll(Tables().ToArbitrary(), table =>
        {
            var file = new CsvFile(table.Content);

            var rows = file.Read();

            Assert.All(rows, r => Assert.Null(r.Code));
            Assert.Equal(table.Rows.Select(r => string.Join('|', r)), rows.Select(r => string.Join('|', file.Fields(r.Text))));
            Assert.Equal(table.Rows.Count, file.Cut(1 << 20).Rows);
        }));

    [Fact]
    public void Read_OfATextThatALoneReturnCutsApart_IsAFaultAndNeverAScoredPart() => Check.One(Sure(200), Prop.ForAll(
        Tables(returns: false, fewest: 2).ToArbitrary(),
        Gen.Choose(0, 99).ToArbitrary(),
        (table, which) =>
        {
            var cut = which % table.Rows.Count;
            var ends = table.Content.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
            var rows = table.Rows.Select((row, i) =>
                string.Join(',', row.Select(f => $"\"{f.Replace("\"", "\"\"", StringComparison.Ordinal)}\""))
                + (i == cut ? "Hello\rClick here" : ""));
            // The last field is not in quotation marks, so the return stands outside of them.
            var content = string.Concat(
                rows.Prepend(table.Header).Select(r => r.Replace("\"Hello\r", "\",Hello\r", StringComparison.Ordinal) + ends));
            var file = new CsvFile(content);

            var found = file.Read();

            Assert.DoesNotContain(found, r => r.Code is null
                && (r.Text.Contains("Hello", StringComparison.Ordinal) || r.Text.Contains("Click", StringComparison.Ordinal))
                && file.Fields(r.Text).Count == file.Columns);
            Assert.Equal(table.Rows.Count - 1, found.Count(r => r.Code is null && file.Fields(r.Text).Count == file.Columns));
        }));

    [Fact]
    public void Read_OfAnyBytes_IsTheSameWhereverTheyAreCut() => Check.One(Sure(400), Prop.ForAll(Soups().ToArbitrary(), soup =>
    {
        var file = new CsvFile("id,text\n" + soup.Content);

        var whole = file.Read();

        foreach (var length in (int[])[1, 2, 3, 7, 50])
        {
            var cutter = file.Cut(length);
            var parts = cutter.Cuts.SelectMany(c => file.Read(new(c.From, c.To, c.Line))).ToList();
            // A mark that is never closed takes what follows with it, and a part is all that follows.
            if (!whole.Any(r => r.Code == "unclosed_quote"))
            {
                Assert.Equal(whole, parts);
                Assert.Equal(CsvFile.CountRows(soup.Content), whole.Count);
                Assert.Equal(whole.Count, cutter.Rows);
            }

            Assert.True(cutter.Rows >= parts.Count, "More rows come out than are set aside for.");
        }
    }));

    private static Gen<Soup> Soups() =>
        Gen.Elements("a", "b,", ",", "\"", "\"\"", "\n", "\r", "\r\n", " ", ";", "ü")
            .ListOf()
            .Select(parts => new Soup(string.Concat(parts)));

    private static Gen<Table> Tables(bool returns = true, int fewest = 1) =>
        from columns in Gen.Choose(fewest, 3)
        from rows in Row(columns, returns).NonEmptyListOf()
        from most in Gen.Elements(returns ? Ends : Ends[..2])
        from ends in Gen.Frequency((4, Gen.Constant(most)), (1, Gen.Elements(Ends))).ListOf(rows.Count + 1)
        from last in Gen.Elements(true, false)
        select Table.Of(columns, rows, returns ? ends : [.. ends.Select(_ => most)], last);

    private static Gen<string[]> Row(int columns, bool returns) =>
        from cells in Cell(returns).ListOf(columns)
        // A row in which there is nothing is no row.
        select (string[])["x" + cells[0], .. cells.Skip(1)];

    private static Gen<string> Cell(bool returns) =>
        Gen.Elements((string[])["a", "ü", " ", ",", ";", "\"", "\n", "two words", .. returns ? (string[])["\r", "\r\n"] : []])
            .ListOf()
            .Select(parts => string.Concat(parts.Take(4)));

    private static string Escaped(string text) =>
        text.Replace("\r", "<CR>", StringComparison.Ordinal).Replace("\n", "<LF>", StringComparison.Ordinal);

    private sealed record Soup(string Content)
    {
        public override string ToString() => Escaped(Content);
    }

    private sealed record Table(string Header, IReadOnlyList<string[]> Rows, string Content)
    {
        public static Table Of(int columns, IReadOnlyList<string[]> rows, List<string> ends, bool last)
        {
            var header = columns == 1 ? "text" : string.Join(',', ((string[])["id", "text", "\"and\nmore\""])[..columns]);
            var lines = rows.Select(row => string.Join(',', row.Select(Written))).Prepend(header).ToList();
            return new(header, rows, string.Concat(lines.Select((line, i) => i == lines.Count - 1 && !last ? line : line + ends[i])));
        }

        public override string ToString() => Escaped(Content);

        private static string Written(string cell) =>
            cell.AsSpan().ContainsAny(",\"\r\n") ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;
    }
}
