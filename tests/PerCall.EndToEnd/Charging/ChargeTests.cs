using System.Net;
using System.Net.Http.Json;
using PerCall.Client.Wire;
using PerCall.Testing;
using PerCall.Testing.Charges;
using Xunit;

namespace PerCall.EndToEnd.Charging;

/// <summary>What calls cost, and what costs nothing.</summary>
public sealed class ChargeTests(Service service)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Call_OfEachKind_SaysWhatItCostAndCostsThat()
    {
        using var tenant = await TestTenant.CreateAsync(service);

        Assert.Equal(("7", "1"), await CostAsync(tenant, "v1/images/classify?model=digits", Image()));
        Assert.Equal(
            ("3", "1"),
            await CostAsync(
                tenant, "v1/text/classify",
                JsonContent.Create(new ClassifyTextRequest { Model = "spam", Input = ["a", ""] }, WireJson.Default.ClassifyTextRequest)));
        Assert.Equal(
            ("9", "3"),
            await CostAsync(
                tenant, "v1/text/classify", JsonContent.Create(
                    new ClassifyTextRequest { Model = "spam", Input = [new('x', 2001)] }, WireJson.Default.ClassifyTextRequest)));
        Assert.Equal(
            ("2", "1"),
            await CostAsync(
                tenant, "v1/recommend",
                JsonContent.Create(new RecommendRequest { Model = "shop", N = 2 }, WireJson.Default.RecommendRequest)));
        Assert.Equal(
            ("2", "1"),
            await CostAsync(
                tenant, "v1/recommend/similar",
                JsonContent.Create(new SimilarItemsRequest { Model = "shop", Item = "coffee-01" }, WireJson.Default.SimilarItemsRequest)));

        var usage = await tenant.Client.GetUsageAsync(groupBy: "operation", cancellation: Cancellation);
        Assert.Equal(
            [("images.classify", 7L), ("recommend", 2L), ("recommend.similar", 2L), ("text.classify", 12L)],
            usage.Data.Select(r => (r.Operation!, r.Charge)).OrderBy(r => r.Item1, StringComparer.Ordinal));
        Assert.Equal((5, 23), await tenant.UsedAsync(Cancellation));
    }

    [Fact]
    public async Task Call_Refused_CostsNothing()
    {
        using var tenant = await TestTenant.CreateAsync(service);

        Assert.Equal(("0", "0"), await CostAsync(tenant, "v1/images/classify?model=digits", Image([1, 2, 3]), HttpStatusCode.BadRequest));
        Assert.Equal(("0", "0"), await CostAsync(tenant, "v1/images/classify?model=nothing", Image(), HttpStatusCode.NotFound));
        Assert.Equal(
            ("0", "0"),
            await CostAsync(
                tenant, "v1/recommend", JsonContent.Create(new RecommendRequest { Model = "digits" }, WireJson.Default.RecommendRequest),
                HttpStatusCode.NotFound));

        Assert.Equal((0, 0), await tenant.UsedAsync(Cancellation));
    }

    [Fact]
    public async Task Call_OperationThatThePlanDoesNotPrice_IsRefused()
    {
        using var tenant = await TestTenant.CreateAsync(
            service, TestTenant.Plan with { Prices = [new("images.classify", "fashion", "image", 5)] });

        await Problems.AssertAsync(
            await tenant.Http.PostAsync(new Uri("v1/images/classify?model=digits", UriKind.Relative), Image(), Cancellation), 403,
            "not_in_plan", "model", "images.classify");
        Assert.Equal(("5", "1"), await CostAsync(tenant, "v1/images/classify?model=fashion/production", Image()));
    }

    [Fact]
    public async Task Call_WithinTheIncludedUnits_IsCountedAndFree()
    {
        using var tenant = await TestTenant.CreateAsync(
            service, TestTenant.Plan with { FreeUnits = new Dictionary<string, long> { ["1k_characters"] = 2 } });
        Task<(string, string)> Texts(int thousands) =>
            CostAsync(
                tenant, "v1/text/classify",
                JsonContent.Create(
                    new ClassifyTextRequest { Model = "spam", Input = [new('x', thousands * 1000)] },
                    WireJson.Default.ClassifyTextRequest));

        Assert.Equal(("0", "1"), await Texts(1));
        Assert.Equal(("6", "3"), await Texts(3));
        Assert.Equal(("3", "1"), await Texts(1));

        var total = Assert.Single((await tenant.Client.GetUsageAsync(groupBy: "operation", cancellation: Cancellation)).Data);
        Assert.Equal((3, 5, 2, 9), (total.Calls, total.Units, total.FreeUnits, total.Charge));
    }

    [Fact]
    public async Task Call_WhoseCallerHasGone_IsNotChargedWithoutAnAnswer()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var image = await File.ReadAllBytesAsync(Service.Sample("digits", "digit-7.png"), Cancellation);
        var answered = 0;
        for (var i = 0; i < 60; i++)
        {
            using var gone = new CancellationTokenSource(TimeSpan.FromMilliseconds(i / 4.0));
            using var http = TestTenant.Connect(service.Http.BaseAddress!, tenant.Key.Key);
            using var content = Image(image);
            try
            {
                using var response = await http.PostAsync(
                    new Uri("v1/images/classify?model=digits", UriKind.Relative), content, gone.Token);
                answered++;
            }
            catch (OperationCanceledException)
            {
            }
        }

        // Whoever hangs up while the answer is being sent may still be charged; nobody is charged without an attempt to answer.
        List<WrittenCharge> charges = [];
        await Eventually.HoldsAsync(
            async () =>
            {
                charges = await tenant.ChargesAsync(Cancellation);
                return charges.Sum(c => c.Units) >= answered;
            },
            "every answer is charged",
            service.Process);
        Assert.Equal(charges.Sum(c => c.Charge), charges.Sum(c => c.Units) * TestTenant.ImagePrice);
        Assert.All(charges.Where(c => c.Units < 0), v => Assert.Contains(charges, c => v.Id == $"{c.Id}-void" && c.Charge == -v.Charge));
    }

    [Fact]
    public async Task Call_WithoutWaitingForTheDisk_IsChargedAllTheSame()
    {
        using var tenant = await TestTenant.CreateAsync(service, TestTenant.Plan with { MonthlyBudget = 7 * 20 });
        await using var instance = await service.StartAnotherAsync(("PerCall__Metering__Durability", "Async"));
        using var http = TestTenant.Connect(instance.Address, tenant.Key.Key);
        var image = await File.ReadAllBytesAsync(Service.Sample("digits", "digit-7.png"), Cancellation);
        var answers = new List<ReceivedAnswer>();
        for (var (status, answer) = await ReceivedAnswer.CallAsync(
            http, instance.Address, "digits", image); status == 200; (status, answer) = await ReceivedAnswer.CallAsync(
                http, instance.Address, "digits", image))
        {
            answers.Add(answer!);
        }

        Assert.Equal(20, answers.Count);
        Assert.Equal(0, await instance.StopAsync());
        var charges = await tenant.ChargesAsync(Cancellation);
        Assert.Equal(answers.Select(a => a.Id).Order(StringComparer.Ordinal), charges.Select(c => c.Id).Order(StringComparer.Ordinal));
    }

    private static ByteArrayContent Image(byte[]? bytes = null) =>
        new(bytes ?? File.ReadAllBytes(Service.Sample("digits", "digit-7.png"))) { Headers = { ContentType = new("image/png") } };

    private static async Task<(string Cost, string Units)> CostAsync(
        TestTenant tenant, string path, HttpContent content, HttpStatusCode status = HttpStatusCode.OK)
    {
        using (content)
        {
            using var response = await tenant.Http.PostAsync(new Uri(path, UriKind.Relative), content, Cancellation);
            Assert.True(status == response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation));
            return (response.Headers.GetValues("x-percall-cost").Single(), response.Headers.GetValues("x-percall-units").Single());
        }
    }
}
