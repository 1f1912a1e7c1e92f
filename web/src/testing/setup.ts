import '@angular/localize/init';
import 'fake-indexeddb/auto';
