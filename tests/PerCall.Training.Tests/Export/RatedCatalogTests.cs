using PerCall.Testing;
using PerCall.Training.Export;
using Xunit;

namespace PerCall.Training.Tests.Export;

public sealed class RatedCatalogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_SomeItems_InTheOrderOfTheRatings()
    {
        File.WriteAllText(_folder.File("items.jsonl"), """
            {"id":"unheard"}
            {"id":"i1","title":"Second","attributes":{"category":"b"}}
            {"id":"i0","title":"First"}
            """);
        using var told = new StringWriter();

        var catalog = RatedCatalog.Read(_folder.File("items.jsonl"), Draws.Ratings(items: 25), new(told, TimeProvider.System));

        Assert.Equal(["i0", "i1", "i2"], catalog.Take(3).Select(i => i.Id));
        Assert.Equal(["First", "Second", null], catalog.Take(3).Select(i => i.Title));
        Assert.Equal("b", catalog[1].Attributes!["category"]);
        Assert.StartsWith("23 rated item(s) have no title in items.jsonl; 1 of its items", told.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"id\":\"i0\"}\n{\"id\":\"i0\"}", "line 2: the item 'i0' is listed twice")]
    [InlineData("{\"id\":\"i0\"}\n{\"name\":\"i1\"}", "line 2:")]
    public void Read_BrokenFile_NamesTheLine(string text, string problem)
    {
        File.WriteAllText(_folder.File("items.jsonl"), text);

        var refusal = Assert.Throws<TrainingException>(
            () => RatedCatalog.Read(_folder.File("items.jsonl"), Draws.Ratings(), TrainingLog.None));

        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
    }
}
