using System.Net;
using PerCall.Client;
using PerCall.Testing;
using Xunit;

namespace PerCall.EndToEnd;

/// <summary>What is there in development, and must not be anywhere else.</summary>
public sealed class DemoTests(Service service)
{
    private const string Given = "pc_live_fedcba9876543210_abcdefghijklmnopqrstuvwxyz234567";
    private static readonly (string, string?) Development = ("AZURE_FUNCTIONS_ENVIRONMENT", "Development");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Processes", "several")]
    public async Task Start_InDevelopmentTwiceAtOnce_BothHaveKeysThatOpenBoth()
    {
        var starts = await Task.WhenAll(
            service.StartAnotherAsync(Development), service.StartAnotherAsync(Development, ("PERCALL_DEMO_KEY", Given)));
        await using var generated = starts[0];
        await using var given = starts[1];

        var printed = await Task.WhenAll(
            starts.Select(p => p.WaitForLineAsync(l => l.Contains("export PERCALL_DEMO_KEY=", StringComparison.Ordinal))));

        Assert.EndsWith($"={Given}", printed[1], StringComparison.Ordinal);
        foreach (var key in new[] { printed[0].Split('=')[1], Given })
        {
            await generated.WaitForLineAsync(l => l.Contains("-H \"x-api-key: pc_live_", StringComparison.Ordinal));
            foreach (var process in starts)
            {
                var keys = await PerCallClient.Connect(process.Address, key).ListKeysAsync(limit: 200, cancellation: Cancellation);
                Assert.Equal(
                    2, keys.Data.Count(
                        k =>
                            key.Contains(k.Id, StringComparison.Ordinal) || Given.Contains(
                                k.Id, StringComparison.Ordinal) || printed[0].Contains(k.Id, StringComparison.Ordinal)));
            }
        }

        var tenant = await service.Operator.GetTenantAsync("demo", Cancellation);
        Assert.Equal(("demo", "active"), (tenant.Plan, tenant.Status));
    }

    [Fact]
    public async Task Start_OpenInDevelopment_AsksForNoKeysAndHasNoTenant()
    {
        await using var process = await service.StartAnotherAsync(Development, ("PerCall__Tenancy__Open", "true"));
        var client = PerCallClient.Connect(process.Address);

        Assert.NotEmpty((await client.ListModelsAsync(Cancellation)).Data);
        var refusal = await Assert.ThrowsAsync<PerCallException>(() => client.ListKeysAsync(cancellation: Cancellation));
        Assert.Equal((HttpStatusCode.Forbidden, "no_tenant"), (refusal.Status, refusal.Problem?.Code));
        Assert.DoesNotContain(process.Lines, l => l.Contains("PERCALL_DEMO_KEY", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Production", "PerCall__Tenancy__Open", "true", "PerCall:Tenancy:Open is allowed in Development only")]
    [InlineData("Development", "PERCALL_DEMO_KEY", "my-key", "PERCALL_DEMO_KEY is not a valid key")]
    public async Task Start_SettingThatCannotBe_IsSaidInASentence(string environment, string setting, string value, string sentence)
    {
        using var folder = new TemporaryFolder();
        await using var process = ServiceProcess.Start(Repository.Published, folder.Path, new Dictionary<string, string?>
        {
            ["AzureWebJobsStorage"] = service.Azurite.ConnectionString,
            ["AZURE_FUNCTIONS_ENVIRONMENT"] = environment,
            [setting] = value,
        });

        Assert.Equal(1, await process.WaitForExitAsync());
        Assert.Contains(
            process.Lines, l => l.StartsWith("error: ", StringComparison.Ordinal) && l.Contains(sentence, StringComparison.Ordinal));
        Assert.DoesNotContain(process.Lines, l => l.TrimStart().StartsWith("at ", StringComparison.Ordinal));
    }
}
