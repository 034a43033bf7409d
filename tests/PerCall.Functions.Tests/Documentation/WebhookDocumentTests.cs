using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using PerCall.Functions.Webhooks;
using PerCall.Functions.Webhooks.Signing;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Documentation;

/// <summary>What docs/webhooks.md tells receivers to do, done.</summary>
public sealed class WebhookDocumentTests
{
    private const string Body = """{"type":"prediction.succeeded","data":{"text":"ünïcode"}}""";

    private static readonly SigningSecret Old = SigningSecret.New(default);
    private static readonly SigningSecret New = SigningSecret.New(default);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>Seconds since the signing, whether the body was changed on its way, and whether it verifies.</summary>
    public static TheoryData<int, bool, bool> Cases =>
        new() { { 0, false, true }, { 200, false, true }, { 400, false, false }, { -400, false, false }, { 0, true, false } };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Verify_InCSharp_TakesWhatIsSignedAndNothingElse(int age, bool changed, bool verifies)
    {
        var (headers, body) = Signed(age, changed);

        foreach (var secret in new[] { Old, New })
        {
            Assert.Equal(
                verifies, WebhookVerifier.Verify(headers, Encoding.UTF8.GetBytes(body), secret.Secret, TimeProvider.System.GetUtcNow()));
        }

        Assert.False(
            WebhookVerifier.Verify(
                headers, Encoding.UTF8.GetBytes(body), SigningSecret.New(default).Secret, TimeProvider.System.GetUtcNow()));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public Task Verify_InJavaScript_TakesWhatIsSignedAndNothingElse(int age, bool changed, bool verifies) => RunAsync(
        "node",
        "-e",
        "js",
        "const { headers, body, secret } = JSON.parse(require('node:fs').readFileSync(0)); console.log(verify(headers, Buffer.from(body), secret));",
        age,
        changed,
        verifies);

    [Theory]
    [MemberData(nameof(Cases))]
    public Task Verify_InPython_TakesWhatIsSignedAndNothingElse(int age, bool changed, bool verifies) => RunAsync(
        "python3", "-c", "python",
        "import json, sys\ngiven = json.load(sys.stdin)\nprint(str(verify(given['headers'], given['body'].encode(), given['secret'])).lower())", age, changed, verifies);

    [Fact]
    public async Task CSharp_OnThePage_IsWhatIsTested()
    {
        var tested = await File.ReadAllTextAsync(
            Path.Combine(Repository.Root, "tests", "PerCall.Functions.Tests", "Documentation", "WebhookVerifier.cs"), Cancellation);

        Assert.Contains(Unindented((await BlockAsync("csharp")).Trim()), Unindented(tested), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Schedule_OnThePage_IsTheDefault()
    {
        var page = await PageAsync();
        var row = Regex.Match(page, @"^\| the next one comes in \|(.*)\|$", RegexOptions.Multiline).Groups[1].Value.Split(
            '|', StringSplitOptions.TrimEntries);
        var written = row.Select(cell => cell.Split(' ') switch
        {
            [var n, "s"] => TimeSpan.FromSeconds(int.Parse(n, System.Globalization.CultureInfo.InvariantCulture)),
            [var n, "min"] => TimeSpan.FromMinutes(int.Parse(n, System.Globalization.CultureInfo.InvariantCulture)),
            [var n, "h"] => TimeSpan.FromHours(int.Parse(n, System.Globalization.CultureInfo.InvariantCulture)),
            _ => TimeSpan.Zero,
        });

        Assert.Equal(
            new WebhookOptions().Retries.Split(',').Select(r => TimeSpan.Parse(r, System.Globalization.CultureInfo.InvariantCulture)),
            written);
    }

    private static async Task RunAsync(string program, string option, string language, string harness, int age, bool changed, bool verifies)
    {
        var (headers, body) = Signed(age, changed);
        foreach (var secret in new[] { Old, New })
        {
            var start = new ProcessStartInfo(program, [option, $"{await BlockAsync(language)}\n{harness}"]);
            var run = await RunAsync(start, JsonSerializer.Serialize(new { headers, body, secret = secret.Secret }));

            Assert.Equal(("", verifies ? "true" : "false"), (run.Error, run.Output.Trim()));
        }
    }

    private static async Task<CommandResult> RunAsync(ProcessStartInfo start, string input)
    {
        try
        {
            return await Processes.RunAsync(start, Cancellation, input);
        }
        catch (Win32Exception)
        {
            Assert.Skip($"There is no {start.FileName} here.");
            throw;
        }
    }

    private static (Dictionary<string, string> Headers, string Body) Signed(int age, bool changed)
    {
        var time = Now - age;
        var body = Encoding.UTF8.GetBytes(Body);
        var headers = new Dictionary<string, string>
        {
            ["webhook-id"] = "evt_1",
            ["webhook-timestamp"] = time.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["webhook-signature"] = $"{New.Sign("evt_1", time, body)} {Old.Sign("evt_1", time, body)}",
        };
        return (headers, changed ? Body.Replace("succeeded", "failed", StringComparison.Ordinal) : Body);
    }

    private static Task<string> PageAsync() => File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "webhooks.md"), Cancellation);

    private static async Task<string> BlockAsync(string language) =>
        Regex.Match(await PageAsync(), $"^```{language}\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline).Groups[1].Value;

    private static string Unindented(string code) =>
        string.Join('\n', code.Split('\n').Select(l => l.Trim())).Replace("public static", "static", StringComparison.Ordinal);
}
