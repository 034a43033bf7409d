using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.Inference.Packages;
using PerCall.Inference.Recommend.Packaging;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.EndToEnd;

/// <summary>Recommenders that were drawn for the tests, published and asked as a customer does.</summary>
public sealed class RecommendTests(Service service, PublishedRecommenders models) : IClassFixture<PublishedRecommenders>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Post_KnownUser_GetsItemsThatCanBeRead()
    {
        await models.PublishAsync(service.Operator);
        using var response = await PostAsync("v1/recommend", """{"model": "drawn-mf", "user": "user-4", "n": 3}""");
        var answer = (await response.Content.ReadFromJsonAsync(WireJson.Default.RecommendResponse, Cancellation))!;

        Assert.StartsWith("rec_", answer.Id, StringComparison.Ordinal);
        Assert.Equal(
            ("drawn-mf", "1", "user-4", "user", 3),
            (answer.Model, answer.Version, answer.User, answer.Basis, answer.Recommendations.Count));
        Assert.Null(answer.UnknownItems);
        Assert.All(answer.Recommendations, r => Assert.Equal(r.Item.Replace("item-", "Title ", StringComparison.Ordinal) + " ✓", r.Title));
        Assert.All(
            answer.Recommendations, r => Assert.Contains(r.Attributes!["category"], new[] { "books", "garden", "kitchen", "music" }));
        Assert.Equal(answer.Recommendations.Select(r => r.Score).OrderDescending(), answer.Recommendations.Select(r => r.Score));
        Assert.Matches(
            "^auth;dur=[0-9.]+, (limits;dur=[0-9.]+, )?queue;dur=[0-9.]+, decode;dur=[0-9.]+, infer;dur=[0-9.]+, meter;dur=[0-9.]+, total;dur=[0-9.]+$", response.Headers.GetValues("Server-Timing").Single());

        var seen = await service.Client.RecommendAsync(
            new() { Model = "drawn-mf", User = "user-4", N = 1000, ExcludeSeen = false }, Cancellation);
        var unseen = await service.Client.RecommendAsync(new() { Model = "drawn-mf", User = "user-4", N = 1000 }, Cancellation);
        Assert.Equal((40, 15), (seen.Recommendations.Count, unseen.Recommendations.Count));
    }

    [Theory]
    [InlineData("drawn-mf")]
    [InlineData("drawn-als")]
    [InlineData("drawn-knn")]
    public async Task Post_HistoryOrNothing_SaysWhatTheAnswerRestsOn(string model)
    {
        await models.PublishAsync(service.Operator);
        var folded = await service.Client.RecommendAsync(
            new() { Model = model, User = "new here", History = [new() { Item = "item-1", Rating = 5 }, new() { Item = "gone", Rating = 1 }] }, Cancellation);
        var popular = await service.Client.RecommendAsync(new() { Model = model, User = "new here", N = 2 }, Cancellation);
        var anybody = await service.Client.RecommendAsync(new() { Model = model, N = 2 }, Cancellation);

        Assert.Equal(("history", 10), (folded.Basis, folded.Recommendations.Count));
        Assert.Equal(["gone"], folded.UnknownItems!);
        Assert.DoesNotContain(folded.Recommendations, r => r.Item == "item-1");
        Assert.Equal(("popular", "popular"), (popular.Basis, anybody.Basis));
        Assert.Equal(anybody.Recommendations.Select(r => (r.Item, r.Score)), popular.Recommendations.Select(r => (r.Item, r.Score)));
        Assert.All(popular.Recommendations, r => Assert.InRange(r.Score, 0.5f, 1f));
    }

    [Fact]
    public async Task Post_ItemsAndFilter_AreChosenAmong()
    {
        await models.PublishAsync(service.Operator);
        using var one = await PostAsync(
            "v1/recommend",
            """{"model": "drawn-mf", "user": "user-4", "n": 1000, "exclude_seen": false, "filter": {"category": "books"}}""");
        using var two = await PostAsync(
            "v1/recommend",
            """{"model": "drawn-mf", "user": "user-4", "n": 1000, "exclude_seen": false, "filter": {"category": ["books", "music"]}, "items": ["item-4", "item-5", "nothing"]}""");

        Assert.Equal(10, (await one.Content.ReadFromJsonAsync(WireJson.Default.RecommendResponse, Cancellation))!.Recommendations.Count);
        var answer = (await two.Content.ReadFromJsonAsync(WireJson.Default.RecommendResponse, Cancellation))!;
        Assert.Equal(("item-4", "nothing"), (Assert.Single(answer.Recommendations).Item, Assert.Single(answer.UnknownItems!)));
    }

    [Theory]
    [InlineData("drawn-mf")]
    [InlineData("drawn-als")]
    [InlineData("drawn-knn")]
    public async Task Similar_Item_GetsItemsLikeIt(string model)
    {
        await models.PublishAsync(service.Operator);
        var answer = await service.Client.SimilarItemsAsync(
            new() { Model = model, Item = "item-6", N = 4, Filter = new Dictionary<string, IReadOnlyList<string>> { ["category"] = ["books", "garden"] } }, Cancellation);

        Assert.Equal("item-6", answer.Item);
        Assert.InRange(answer.Similar.Count, 1, 4);
        Assert.All(answer.Similar, s => Assert.Contains(s.Attributes!["category"], new[] { "books", "garden" }));
    }

    [Fact]
    public async Task Rate_UserOrHistoryOrNobody_IsEstimated()
    {
        await models.PublishAsync(service.Operator);
        foreach (var (user, history, basis) in new (string?, RatedItem[]?, string)[] { ("user-4", null, "user"), (
            null, [new() { Item = "item-1", Rating = 5 }], "history"), ("nobody", null, "popular") })
        {
            var answer = await service.Client.EstimateRatingAsync(
                new() { Model = "drawn-knn", User = user, Item = "item-9", History = history }, Cancellation);

            Assert.Equal((basis, user, "item-9"), (answer.Basis, answer.User, answer.Item));
            Assert.InRange(answer.Rating, 0.5f, 5f);
        }
    }

    [Theory]
    [InlineData("v1/recommend", "{}", 400, "missing_model", "model", "GET /v1/models")]
    [InlineData("v1/recommend", """{"model": "nothing"}""", 404, "model_not_found", "model", "Model 'nothing' not found")]
    [InlineData(
        "v1/recommend", """{"model": "digits"}""", 404, "wrong_task", "model", "is for image-classification, not for recommendation")]
    [InlineData("v1/recommend", """{"model": "drawn-mf", "n": 0}""", 400, "invalid_n", "n", "'n' is 0; allowed: 1 to 1000")]
    [InlineData("v1/recommend", """{"model": "drawn-mf", "n": -3}""", 400, "invalid_n", "n", "'n' is -3")]
    [InlineData("v1/recommend", """{"model": "drawn-mf", "n": 1001}""", 400, "invalid_n", "n", "'n' is 1001")]
    [InlineData("v1/recommend", """{"model": "drawn-mf", "n": "many"}""", 400, "malformed_json", "n", "expected a whole number")]
    [InlineData("v1/recommend", """{"model": "drawn-mf", "user": 7}""", 400, "malformed_json", "user", "expected a string")]
    [InlineData(
        "v1/recommend", """{"model": "drawn-mf", "history": [{"item": "item-1", "rating": 7}]}""", 400, "rating_out_of_range",
        "history[0].rating", "allowed for this model: 0.5 to 5")]
    [InlineData(
        "v1/recommend", """{"model": "drawn-mf", "history": [{"item": "item-1", "rating": 1e999}]}""", 400, "rating_out_of_range",
        "history[0].rating", "allowed for this model: 0.5 to 5")]
    [InlineData(
        "v1/recommend", """{"model": "drawn-mf", "history": [{"item": "item-1", "rating": "NaN"}]}""", 400, "rating_out_of_range",
        "history[0].rating", "is NaN; allowed for this model: 0.5 to 5")]
    [InlineData(
        "v1/recommend",
        """{"model": "drawn-mf", "history": [{"item": "item-1", "rating": "good"}]}""",
        400,
        "malformed_json",
        "history[0].rating",
        "expected a number")]
    [InlineData(
        "v1/recommend", """{"model": "drawn-mf", "history": [{"item": "item-1"}]}""", 400, "missing_rating", "history[0].rating",
        "0.5 to 5")]
    [InlineData(
        "v1/recommend", """{"model": "drawn-mf", "history": [{"rating": 3}]}""", 400, "missing_item", "history[0].item", "an item's id")]
    [InlineData("v1/recommend", """{"model": "drawn-mf", "history": [null]}""", 400, "missing_item", "history[0].item", "an item's id")]
    [InlineData("v1/recommend", """{"model": "drawn-mf", "items": ["item-1", null]}""", 400, "missing_item", "items[1]", "is null")]
    [InlineData("v1/recommend", """{"model": "drawn-mf", "items": "item-1"}""", 400, "malformed_json", "items", "expected an array")]
    [InlineData(
        "v1/recommend", """{"model": "drawn-mf", "filter": {"color": "red"}}""", 400, "unknown_attribute", "filter.color",
        "allowed: category, maker")]
    [InlineData(
        "v1/recommend", """{"model": "drawn-mf", "filter": {"category": 3}}""", 400, "malformed_json", "filter",
        "a string or an array of strings")]
    [InlineData(
        "v1/recommend", """{"model": "drawn-als", "history": [{"item": "item-1", "rating": 0}]}""", 400, "rating_out_of_range",
        "history[0].rating", "above 0")]
    [InlineData("v1/recommend", "{\"model\": ", 400, "malformed_json", "model", "Cannot read the body as JSON")]
    [InlineData("v1/recommend", "null", 400, "malformed_json", null, "The body is null")]
    [InlineData("v1/recommend/similar", """{"model": "drawn-mf"}""", 400, "missing_item", "item", "an item's id")]
    [InlineData("v1/recommend/similar", """{"model": "drawn-mf", "item": "none"}""", 404, "item_not_found", "item", "has no item 'none'")]
    [InlineData("v1/recommend/similar", """{"model": "drawn-mf", "item": "item-1", "n": 0}""", 400, "invalid_n", "n", "1 to 1000")]
    [InlineData("v1/recommend/rate", """{"model": "drawn-mf", "item": "none"}""", 404, "item_not_found", "item", "has no item 'none'")]
    [InlineData(
        "v1/recommend/rate", """{"model": "drawn-als", "item": "item-1"}""", 400, "no_ratings", "model", "POST /v1/recommend with 'items'")]
    public async Task Post_InvalidRequest_IsRefused(string path, string body, int status, string code, string? param, string detail)
    {
        await models.PublishAsync(service.Operator);
        using var response = await PostAsync(path, body);

        await Problems.AssertAsync(response, status, code, param, detail);
    }

    [Fact]
    public async Task Post_TooMuch_IsRefused()
    {
        await models.PublishAsync(service.Operator);
        using var history = await PostAsync(
            "v1/recommend",
            $$"""{"model": "drawn-mf", "history": [{{string.Join(',', Enumerable.Repeat("""{"item":"a"}""", 10_001))}}]}""");
        using var items = await PostAsync(
            "v1/recommend", $$"""{"model": "drawn-mf", "items": [{{string.Join(',', Enumerable.Repeat("\"a\"", 10_001))}}]}""");
        using var bytes = await PostAsync("v1/recommend", $$"""{"model": "drawn-mf", "user": "{{new string('u', 5 << 20)}}"}""");
        var ratings = string.Join(',', Enumerable.Repeat("""{"item":"item-1","rating":3}""", 10_000));
        using var most = await PostAsync("v1/recommend", $$"""{"model": "drawn-mf", "history": [{{ratings}}]}""");

        await Problems.AssertAsync(history, 400, "history_too_long", "history", "10,001 entries; allowed: at most 10,000");
        await Problems.AssertAsync(items, 400, "too_many_items", "items", "10,001 entries; allowed: at most 10,000");
        await Problems.AssertAsync(bytes, 413, "body_too_large", null, "The body is too large; allowed for this call: at most");
        Assert.Equal(HttpStatusCode.OK, most.StatusCode);
    }

    [Fact]
    public async Task Post_BytesThatAreNoText_AreRefused()
    {
        using var utf8 = await PostAsync("v1/recommend", [.. "{\"model\": \""u8, 0xC3, 0x28, .. "\"}"u8], "application/json");
        using var form = await PostAsync("v1/recommend", "model=drawn-mf"u8.ToArray(), "application/x-www-form-urlencoded");

        await Problems.AssertAsync(utf8, 400, "invalid_utf8", null, "byte 11");
        await Problems.AssertAsync(form, 415, "unsupported_content_type", null, "send application/json");
    }

    private Task<HttpResponseMessage> PostAsync(string path, string body) =>
        PostAsync(path, Encoding.UTF8.GetBytes(body), "application/json");

    private async Task<HttpResponseMessage> PostAsync(string path, byte[] body, string contentType)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        return await service.Http.PostAsync(new Uri(path, UriKind.Relative), content, Cancellation);
    }
}

/// <summary>Three small recommenders, published once.</summary>
public sealed class PublishedRecommenders : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Lock _gate = new();
    private Task? _publishing;

    public Task PublishAsync(PerCallClient operators)
    {
        lock (_gate)
        {
            return _publishing ??= PublishAllAsync(operators);
        }
    }

    public void Dispose() => _folder.Dispose();

    private async Task PublishAllAsync(PerCallClient operators)
    {
        foreach (var (name, method) in new[] { ("drawn-mf", RecommenderMethod.MatrixFactorization), (
            "drawn-als", RecommenderMethod.ImplicitAls), ("drawn-knn", RecommenderMethod.ItemNeighbors) })
        {
            await RecommenderPackageWriter.WriteAsync(
                Recommenders.Draw(method), Recommenders.Description(name), _folder.File(name), CancellationToken.None);
            await ZipFile.CreateFromDirectoryAsync(_folder.File(name), _folder.File($"{name}.zip"), CancellationToken.None);
            await using var zip = File.OpenRead(_folder.File($"{name}.zip"));
            Assert.Equal(name, (await operators.PublishModelAsync(zip)).Id);
        }
    }
}
