using Microsoft.AspNetCore.Http;
using PerCall.Functions.Metering;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;
using Xunit;

namespace PerCall.Functions.Tests.Metering;

public sealed class ReportTests
{
    [Theory]
    [InlineData(0, "0.000000", "0.00")]
    [InlineData(1, "0.000001", "0.000001")]
    [InlineData(-1_500_000, "-1.500000", "-1.50")]
    [InlineData(12_340_100, "12.340100", "12.3401")]
    [InlineData(long.MaxValue, "9223372036854.775807", "9223372036854.775807")]
    [InlineData(long.MinValue, "-9223372036854.775808", "-9223372036854.775808")]
    public void Money_AsText_IsExact(long micros, string exact, string shortened)
    {
        Assert.Equal(exact, MoneyText.Exact(micros));
        Assert.Equal(shortened, MoneyText.Short(micros));
    }

    [Fact]
    public void Csv_WithWhatSpreadsheetsRun_IsText()
    {
        var csv = new CsvText();

        csv.AddRow(["=1+1", "+1", "-1", "@x", "a,b", "say \"no\"", -5L, new CsvNumber("-0.50"), null, new DateOnly(2026, 3, 1)]);

        Assert.Equal("'=1+1,'+1,'-1,'@x,\"a,b\",\"say \"\"no\"\"\",-5,-0.50,,2026-03-01\r\n", csv.ToString());
    }

    [Theory]
    [InlineData("", "", "json")]
    [InlineData("", "text/csv", "csv")]
    [InlineData("", "text/html,application/xhtml+xml,*/*;q=0.8", "html")]
    [InlineData("", "text/html;q=0.5, text/csv", "csv")]
    [InlineData("csv", "text/html", "csv")]
    public void Format_FromQueryAndAccept_IsChosen(string format, string accept, string chosen)
    {
        var request = new DefaultHttpContext().Request;
        request.QueryString = new(format.Length > 0 ? $"?format={format}" : "");
        request.Headers.Accept = accept;

        Assert.Equal(chosen, ReportFormat.Of(request, "json", "csv", "html"));
    }

    [Fact]
    public void Format_OfNoKnownName_IsRefused()
    {
        var request = new DefaultHttpContext().Request;
        request.QueryString = new("?format=pdf");

        var refused = Assert.Throws<RefusedException>(() => ReportFormat.Of(request, "json", "csv"));

        Assert.Equal(("invalid_format", "'format' is 'pdf'; allowed: json, csv."), (refused.Code, refused.Message));
    }
}
