using System.Net;
using System.Net.Http.Json;
using System.Text;
using PerCall.Client.Wire;
using PerCall.EndToEnd.Charging;
using Xunit;

namespace PerCall.EndToEnd;

public sealed class RedactTextTests(Service service)
{
    private const string Path = "v1/text/redact";
    private const string Planted = "planted.4423@mail.example.com";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static PutPlanRequest Plan => TestTenant.Plan with { Prices = [new("text.redact", "*", "1k_characters", 4)] };

    [Fact]
    public async Task Post_Texts_AreRedactedAndCharged()
    {
        using var tenant = await TestTenant.CreateAsync(service, Plan);
        using var response = await tenant.Http.PostAsJsonAsync(
            Path, new { input = new[] { "Write to anna@example.com.", new string('x', 1000), "anna@example.com, 4111 1111 1111 1111" } },
            Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("8", response.Headers.GetValues("x-percall-cost").Single());
        Assert.Equal("2", response.Headers.GetValues("x-percall-units").Single());
        var answer = (await response.Content.ReadFromJsonAsync(WireJson.Default.RedactTextResponse, Cancellation))!;
        Assert.StartsWith("red_", answer.Id, StringComparison.Ordinal);
        Assert.Equal("Write to [EMAIL_1].", answer.Results[0].Text);
        Assert.Equal("[EMAIL_1], [CARD_1]", answer.Results[2].Text);
        Assert.Equal([new("email", 9, 25, "[EMAIL_1]")], answer.Results[0].Found);
        Assert.Equal(26 + 1000 + 37, answer.Usage.Characters);
        var charge = Assert.Single(await tenant.ChargesAsync(Cancellation));
        Assert.Equal((answer.Id, 2L, 8L), (charge.Id, charge.Units, charge.Charge));
        var usage = Assert.Single((await tenant.Client.GetUsageAsync(groupBy: "operation", cancellation: Cancellation)).Data);
        Assert.Equal("text.redact", usage.Operation);
    }

    [Fact]
    public async Task Post_SameKeyTwice_IsAnsweredAlikeAndChargedOnce()
    {
        using var tenant = await TestTenant.CreateAsync(service, Plan);
        tenant.Http.DefaultRequestHeaders.Add("Idempotency-Key", "\"redact-1\"");

        var first = await tenant.Client.RedactTextAsync(["10.1.2.3 and a@x.de"], ["ip"], Cancellation);
        var second = await tenant.Client.RedactTextAsync(["10.1.2.3 and a@x.de"], ["ip"], Cancellation);

        Assert.Equal("[IP_1] and a@x.de", first.Results.Single().Text);
        Assert.Equal(first.Id, second.Id);
        Assert.Single(await tenant.ChargesAsync(Cancellation));
    }

    [Fact]
    public async Task Post_PlanWithoutAPrice_IsRefused()
    {
        using var tenant = await TestTenant.CreateAsync(service);

        await Problems.AssertAsync(
            await tenant.Http.PostAsJsonAsync(Path, new { input = "x" }, Cancellation), 403, "not_in_plan", "model", "text.redact");
    }

    [Fact]
    public async Task Post_ValuesAtLevelTrace_AreNotLogged()
    {
        using var tenant = await TestTenant.CreateAsync(service, Plan);
        var instance = await service.StartAnotherAsync(("Logging__LogLevel__Default", "Trace"));
        using var http = TestTenant.Connect(instance.Address, tenant.Key.Key);

        using var redacted = await http.PostAsJsonAsync(Path, new { input = Planted }, Cancellation);
        using var broken = await http.PostAsync(
            new Uri(Path, UriKind.Relative),
            new StringContent($"{{\"input\": [7, \"{Planted}\"]}}", Encoding.UTF8, "application/json"), Cancellation);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.BadRequest), (redacted.StatusCode, broken.StatusCode));
        Assert.DoesNotContain(Planted, await redacted.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.DoesNotContain(Planted, await broken.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        await instance.StopAsync();
        Assert.Contains(instance.Lines, l => l.Contains("RedactText", StringComparison.Ordinal));
        Assert.DoesNotContain(instance.Lines, l => l.Contains(Planted, StringComparison.Ordinal));
        await instance.DisposeAsync();
    }
}
