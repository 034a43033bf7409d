using System.Text;
using PerCall.Testing;
using PerCall.Training.Ratings;
using Xunit;

namespace PerCall.Training.Tests.Ratings;

public sealed class RatingFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("r.csv", "user,item,rating,timestamp\na,x,4,10\nb,y,2.5,11\n")]
    [InlineData("r.csv", "timestamp,Rating,item,user\r\n10,4,x,a\r\n11,2.5,y,b")]
    [InlineData("r.csv", "a,x,4,10\nb,y,2.5,11\n")]
    [InlineData("r.csv", "\uFEFFuser,item,rating,timestamp\na,\"x\",4,10\n\nb,y,2.5,11\n")]
    [InlineData("r.csv", "user;item;rating;timestamp\na;x;4;10\nb;y;2.5;11\n")]
    [InlineData("r.tsv", "a\tx\t4\t10\nb\ty\t2.5\t11\n")]
    [InlineData("r.jsonl", """
        {"user":"a","item":"x","rating":4,"timestamp":10}

        {"timestamp":"11","rating":"2.5","item":"y","user":"b"}
        """)]
    public void Read_EveryForm_SameRatings(string name, string text)
    {
        var ratings = Read(name, text);

        Assert.Equal(["a", "b"], ratings.Users);
        Assert.Equal(["x", "y"], ratings.Items);
        Assert.Equal([4, 2.5f], ratings.Values);
        Assert.Equal([10, 11], ratings.Times!);
        Assert.Equal(new RatingScale(2.5f, 4), ratings.Scale);
    }

    [Fact]
    public void Read_UserAndItemAlone_FeedbackOfOne()
    {
        var ratings = Read("r.csv", "a,x\nb,y\n");

        Assert.Equal([1, 1], ratings.Values);
        Assert.Null(ratings.Times);
    }

    [Fact]
    public void Read_IdsOfAnyCharacters_KeptAsTheyAre()
    {
        var ratings = Read("r.csv", "\"a, \"\"b\"\"\",日本\n🦊,\"two\nlines\"\n");

        Assert.Equal(["a, \"b\"", "🦊"], ratings.Users);
        Assert.Equal(["日本", "two\nlines"], ratings.Items);
    }

    [Fact]
    public void Read_PairTwice_LastOneCountsAndIsLogged()
    {
        using var told = new StringWriter();
        File.WriteAllText(_folder.File("r.csv"), "a,x,1\nb,y,2\na,x,5\n");

        var ratings = RatingFile.Read(_folder.File("r.csv"), null, new(told, TimeProvider.System));

        Assert.Equal([5, 2], ratings.Values);
        Assert.StartsWith("1 rating(s) repeat a pair of user and item", told.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a,x,1\nb,y,\n", "line 2: rating '' is not a finite number")]
    [InlineData("a,x,1\nb,y,NaN\n", "line 2: rating 'NaN' is not a finite number")]
    [InlineData("a,x,1\nb,y,-Infinity\n", "line 2: rating '-Infinity' is not a finite number")]
    [InlineData("a,x,1\nb,y,1e39\n", "line 2: rating '1e39' is not a finite number")]
    [InlineData("a,x,1\nb,y,5.5\n", "line 2: rating 5.5 is out of range; allowed: 1 to 5")]
    [InlineData("a,x,1\nb,y\n", "line 2: 'b,y' has 2 field(s); expected 3")]
    [InlineData("a,x,1\n,y,2\n", "line 2: user is missing or empty")]
    [InlineData("a,x,1\nb,\"y,2\nc,z,3\n", "line 2: 'b,\"y,2\\u000ac,z,3' has a misplaced or unclosed quotation mark")]
    [InlineData("a,x,1\nb,y\"y,2\n", "line 2: 'b,y\"y,2' has a misplaced or unclosed quotation mark")]
    [InlineData("a,x,1,soon\nb,y,2,3\n", "line 1: timestamp 'soon' is not a whole number")]
    [InlineData("user,item,ratng\na,x,1\n", "line 1: the header has an unknown column 'ratng'; allowed: user, item, rating, timestamp")]
    [InlineData("user,rating\na,1\n", "line 1: the header has no column item")]
    [InlineData("customer_id,product_id\na,x\nb,y\n", "line 1: 'customer_id', 'product_id' look like unknown column names")]
    [InlineData("ProductID;UserID;Score\nx;a;1\n", "line 1: 'ProductID', 'UserID', 'Score' look like unknown column names")]
    [InlineData("kunde,artikel\nk1,a1\nk1,a2\nk2,a1\n", "line 1: 'kunde', 'artikel' look like unknown column names")]
    [InlineData("a\nb\n", "line 1: 1 field(s); expected 2 to 4 without a header")]
    public void Read_BrokenCsvLine_NamesLineValueAndRule(string text, string problem) =>
        Assert.Contains(problem, Refusal("r.csv", text), StringComparison.Ordinal);

    [Theory]
    [InlineData("{\"user\":\"a\",\"item\":\"x\"}\nnonsense", "line 2: 'nonsense' is not valid JSON")]
    [InlineData("{\"user\":\"a\",\"item\":\"x\"}\n[1]", "line 2: '[1]' is not an object")]
    [InlineData("{\"user\":\"a\",\"item\":null}", "line 1: 'item' is 'null'")]
    [InlineData("{\"user\":\"a\",\"item\":\"x\",\"stars\":5}", "line 1: 'stars' is '5'")]
    [InlineData(
        "{\"user\":\"a\",\"item\":\"x\",\"rating\":3}\n{\"user\":\"a\",\"item\":\"y\"}", "line 2: rating is missing, unlike in line 1")]
    [InlineData("{\"user\":\"a\",\"item\":\"\\ud800\"}", "line 1:")]
    public void Read_BrokenJsonLine_NamesLineValueAndRule(string text, string problem) =>
        Assert.Contains(problem, Refusal("r.jsonl", text), StringComparison.Ordinal);

    [Fact]
    public void Read_BytesThatAreNoUtf8_NamesTheLine()
    {
        File.WriteAllBytes(_folder.File("r.csv"), [.. "a,x\nb,"u8, 0xC3, 0x28, .. "\n"u8]);

        var refusal = Assert.Throws<TrainingException>(() => RatingFile.Read(_folder.File("r.csv"), null, TrainingLog.None));

        Assert.Contains("line 2: item", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("not valid UTF-8", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ManyFaults_ListsAHundredAndCountsTheRest()
    {
        var refusal = Refusal("r.csv", string.Concat(Enumerable.Range(0, 250).Select(n => $"a{n},x,bad{n}\n")));

        Assert.Contains("has 250 fault(s)", refusal, StringComparison.Ordinal);
        Assert.Contains("line 100: rating 'bad99'", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain("line 101:", refusal, StringComparison.Ordinal);
        Assert.EndsWith("and 150 more", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "0 user(s), 0 item(s) and 0 rating(s)")]
    [InlineData("user,item\n", "0 user(s), 0 item(s) and 0 rating(s)")]
    [InlineData("a,x,3\n", "1 user(s), 1 item(s) and 1 rating(s)")]
    [InlineData("a,x,3\na,y,4\n", "1 user(s), 2 item(s)")]
    [InlineData("a,x,3\nb,x,4\n", "2 user(s), 1 item(s)")]
    public void Read_TooLittle_SaysWhatThereIs(string text, string problem) =>
        Assert.Contains(problem, Refusal("r.csv", text, declared: false), StringComparison.Ordinal);

    [Fact]
    public void Read_OfTheCaseWithPurchases_RefusesItsHeader()
    {
        File.WriteAllBytes(_folder.File("r.csv"), Repository.Case("train_purchases_header.csv"));

        var refusal = Assert.Throws<TrainingException>(() => RatingFile.Read(_folder.File("r.csv"), null, TrainingLog.None));

        Assert.Contains("line 1: 'customer_id', 'product_id' look like unknown column names", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NoFile_NamesIt() =>
        Assert.Contains(
            "missing.csv", Assert.Throws<TrainingException>(
                () => RatingFile.Read(_folder.File("missing.csv"), null, TrainingLog.None)).Message, StringComparison.Ordinal);

    private RatingSet Read(string name, string text)
    {
        File.WriteAllText(_folder.File(name), text, new UTF8Encoding(false));
        return RatingFile.Read(_folder.File(name), null, TrainingLog.None);
    }

    private string Refusal(string name, string text, bool declared = true)
    {
        File.WriteAllText(_folder.File(name), text);
        return Assert.Throws<TrainingException>(
            () => RatingFile.Read(_folder.File(name), declared ? new(1, 5) : null, TrainingLog.None)).Message;
    }
}
