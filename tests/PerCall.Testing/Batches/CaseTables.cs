using Xunit;

namespace PerCall.Testing.Batches;

/// <summary>Tables of <c>tests/cases</c> that were once read wrongly.</summary>
public static class CaseTables
{
    /// <summary>A file, and how many of its rows are right and how many wrong.</summary>
    public static TheoryData<string, int, int> Rows => new()
    {
        { "lonecr_rows.csv", 4, 0 },
        { "cr_single.csv", 4, 0 },
        { "cr.csv", 2, 0 },
        { "cr_hidden_spam.csv", 1, 2 },
        { "hdr_multiline_last.csv", 2, 0 },
        { "semi_comma_header.csv", 2, 0 },
        { "sep.csv", 2, 0 },
    };
}
